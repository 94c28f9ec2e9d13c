package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/api/route"
	"marquee/api/rule"
	"marquee/api/wire"
	"marquee/storage"
	"marquee/storage/period"
)

// prospectPeriods is how many periods a plan shows.
const prospectPeriods = 5

// prospect answers with what a collection shows at an instant, and what an editor should
// look at before the public sees it.
func (a *API) prospect(c *call) (*reply, error) {
	p, err := param.ParseProspect(c.route.Noun, c.path(), c.query())
	if p != nil {
		if err := a.choose(c, p); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	o, _, err := a.look(c, c.route.Noun, c.id(), nil)
	if err != nil {
		return nil, err
	}
	d, err := storage.ParseDocument(o.Noun, o.Body)
	if err != nil {
		return nil, err
	}
	periods := storage.Periods(d)
	w := &wire.Prospect{At: c.at, Periods: period.Next(periods, c.at, prospectPeriods)}
	if err := a.addPages(c, w, shownAt(periods, w.Periods, c.at)); err != nil && !unanswerable(err) {
		return nil, err
	}
	if w.Problems, err = a.problems(c, d, periods, w); err != nil {
		return nil, err
	}
	body, err := w.Body()
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK, header: http.Header{"Cache-Control": {privateLifetime}}, body: body}, nil
}

// namedBy returns the noun whose ids a parameter of lists of films takes, nil for another
// parameter.
func namedBy(parameter string) *storage.Noun {
	i := slices.IndexFunc(storage.Movie.Filters, func(f storage.Filter) bool { return f.Name == parameter && f.Target != "" })
	if i < 0 {
		return nil
	}
	return storage.NounByName(storage.Movie.Filters[i].Target)
}

// shownAt returns when the public sees a collection next: at an instant, or at the start of
// the next period. A collection whose periods are over is shown as it is.
func shownAt(periods []period.Period, next []period.Interval, at time.Time) time.Time {
	if period.Active(periods, at) || len(next) == 0 {
		return at
	}
	return next[0].Start
}

// unanswerable reports whether films cannot be read because of the rule that finds them. The
// plan then has the fault of the rule.
func unanswerable(err error) bool {
	p, ok := errors.AsType[*problem.Problem](err)
	return ok && p.Status == http.StatusBadRequest
}

// addPages adds the pages that are warm while the public sees the collection: how large they
// are at an instant, and whether the cache has them then.
func (a *API) addPages(c *call, w *wire.Prospect, at time.Time) error {
	shown := *c
	shown.at = at
	o, _, err := a.look(&shown, c.route.Noun, c.id(), nil)
	if err != nil {
		return err
	}
	body, err := wire.Object(o, nil, nil)
	if err != nil {
		return err
	}
	object, films := CollectionTargets(o.ID)
	a.addPage(w, object, body, at)
	shown.route = &route.Route{Kind: route.Films, Noun: storage.Movie, Variables: c.route.Variables}
	all, err := param.ParseFilms(shown.route.Noun, films[0], "limit="+strconv.Itoa(len(films)*param.DefaultLimit))
	if err != nil {
		return err
	}
	f, err := a.readFilms(&shown, all, 0)
	if err != nil {
		return err
	}
	w.Total = f.Total
	for i, target := range films {
		from := i * param.DefaultLimit
		if i > 0 && from >= f.Total {
			break
		}
		path, query, _ := strings.Cut(target, "?")
		p, err := param.ParseFilms(shown.route.Noun, path, query)
		if err != nil {
			return err
		}
		page := f.Films
		page.Objects = f.Objects[min(from, len(f.Objects)):min(from+param.DefaultLimit, len(f.Objects))]
		if body, err = page.Body(p); err != nil {
			return err
		}
		a.addPage(w, target, body, at)
	}
	return nil
}

// addPage adds a page.
func (a *API) addPage(w *wire.Prospect, target string, body []byte, at time.Time) {
	stored := a.config.Stored(target, at)
	w.Pages = append(w.Pages, wire.ProspectPage{URL: target, Bytes: len(body), Kept: stored.Servable && stored.Status == http.StatusOK})
}

// problems returns what an editor should look at.
func (a *API) problems(c *call, d *storage.Document, periods []period.Period, w *wire.Prospect) (problems []string, err error) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if w.Total == 0 {
		add("the list is empty: no film is pinned and shown, and the query finds none")
	}
	if query, set := d.Fields["query"].(string); set {
		faults, err := rule.Faults(storage.Movie, query, func(q *storage.Query) error {
			_, err := a.config.Catalogue.List(c.ctx, q)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, f := range faults {
			if n := namedBy(f.Parameter); n != nil { // it existed when the query was written
				add("the query names the %s %q, which no longer exists", n.Name, f.Value)
			} else {
				add("the query has a fault: %s %q %s", f.Parameter, f.Value, f.Reason)
			}
		}
	}
	for _, pair := range period.Overlaps(periods, c.at) {
		add("periods %d and %d overlap", pair[0]+1, pair[1]+1)
	}
	hidden := textsOf(d.Fields["hidden"])
	var both []string
	for _, id := range textsOf(d.Fields["pins"]) {
		if slices.Contains(hidden, id) {
			both = append(both, id)
		}
	}
	if len(both) > 0 {
		add("pins are hidden: %s", strings.Join(both, ", "))
	}
	return problems, nil
}
