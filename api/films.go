package api

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/api/rule"
	"marquee/api/wire"
	"marquee/cache/plan"
	"marquee/search/touch"
	"marquee/storage"
)

// films answers with a page of the objects that a collection selects: first those that it
// pins, then those that its rule finds.
func (a *API) films(c *call) (*reply, error) {
	p, err := param.ParseFilms(c.route.Noun, c.path(), c.query())
	if p != nil {
		err = cmp.Or(a.choose(c, &p.Request), err)
	}
	if err != nil {
		return nil, err
	}
	var f *filmPage
	r, err := a.consistently(c, func(atLeast int64) (*reading, error) {
		if f, err = a.readFilms(c, p, atLeast); err != nil {
			return nil, err
		}
		f.Expanded, err = a.expand(c, &f.reading, p.Expand, f.Objects, atLeast)
		return &f.reading, p.WithStoreFaults(err)
	})
	if err != nil {
		return nil, err
	}
	body, err := f.Body(p)
	if err != nil {
		return nil, err
	}
	a.describeReading(c, f.life, f.until, r)
	return &reply{status: http.StatusOK, body: body, header: http.Header{
		"Cache-Control": {c.lifetime(f.life.public)}, "Vary": {varyRead}, "Etag": {listTag(body)}, "Link": {p.Links(f.Total)},
		"Surrogate-Key": {c.pageKeys(f.Objects) + " " + SurrogateKey(f.By.Noun, f.By.ID) + expandedKeys(f.Expanded)},
	}}, nil
}

// filmPage is a page of films that was read in parts.
type filmPage struct {
	wire.Films
	life *lifetime
	// until is the first instant at which the collection may end or start, zero if none.
	until time.Time
	// reading has the reads that made it. The first is that of the collection.
	reading
}

// readFilms reads a page. All parts show the version atLeast.
func (a *API) readFilms(c *call, p *param.Films, atLeast int64) (*filmPage, error) {
	asOf, by := a.reached(), c.route.Variables[0]
	o, until, err := a.look(c, by, c.id(), nil)
	if err != nil {
		return nil, a.describeMissing(c, asOf, until, err)
	}
	s, err := newSelection(o, c.route.Noun)
	if err != nil {
		return nil, err
	}
	f := &filmPage{Films: wire.Films{By: o, Noun: c.route.Noun}, life: &listLife, until: until}
	// The object has not changed since its own version.
	f.add(plan.Part{AsOf: max(asOf, o.Version)}, object{noun: by, id: o.ID})
	if err := a.addPinned(c, p, s, f, atLeast); err != nil {
		return nil, err
	}
	return f, a.addFound(c, p, s, f, atLeast)
}

// selection is what a collection says about its films.
type selection struct {
	// pins are the pinned films that are not hidden, in their order.
	pins []string
	// named are all films that it pins or hides, which its rule need not find.
	named []string
	// rule is nil without a query.
	rule *rule.Rule
}

func newSelection(o *storage.Object, n *storage.Noun) (*selection, error) {
	d, err := storage.ParseDocument(o.Noun, o.Body)
	if err != nil {
		return nil, err
	}
	hidden := textsOf(d.Fields["hidden"])
	s := &selection{pins: textsOf(d.Fields["pins"])}
	s.named = slices.Concat(s.pins, hidden)
	s.pins = slices.DeleteFunc(s.pins, func(id string) bool { return slices.Contains(hidden, id) })
	if text, set := d.Fields["query"].(string); set {
		s.rule, err = rule.Parse(n, text)
	}
	return s, err
}

// textsOf returns the items of a list of texts.
func textsOf(v any) []string {
	list, _ := v.([]any)
	texts := make([]string, len(list))
	for i := range list {
		texts[i], _ = list[i].(string)
	}
	return texts
}

// addPinned adds the pinned films. A pin of a film that does not exist does not count.
func (a *API) addPinned(c *call, p *param.Films, s *selection, f *filmPage, atLeast int64) error {
	if len(s.pins) == 0 {
		return nil
	}
	q := &storage.Query{Noun: f.Noun, IDs: s.pins, Order: storage.Order{Sort: &f.Noun.Sorts[0]}, Limit: len(s.pins), AtLeast: atLeast}
	if p.Offset >= len(s.pins) { // only the missing ones matter
		q.Limit = 1
	}
	page, err := a.config.Catalogue.List(c.ctx, q)
	if err != nil {
		return err
	}
	there := slices.DeleteFunc(slices.Clone(s.pins), func(id string) bool { return slices.Contains(page.Missing, id) })
	f.Pinned, f.Total = len(there), len(there)
	from := min(p.Offset, len(there))
	for _, id := range there[from:min(from+p.Limit, len(there))] {
		if i := slices.IndexFunc(page.Objects, func(o storage.Object) bool { return o.ID == id }); i >= 0 {
			f.Objects = append(f.Objects, page.Objects[i])
		}
	}
	f.add(partOf(page, idsTarget(f.Noun, s.pins)), touch.NewInterest(q))
	return nil
}

// addFound adds the films that the rule finds.
func (a *API) addFound(c *call, p *param.Films, s *selection, f *filmPage, atLeast int64) error {
	if s.rule == nil {
		return nil
	}
	q, room := s.rule.Query, p.Limit-len(f.Objects)
	q.Except, q.AtLeast = s.named, atLeast
	q.Offset, q.Limit = max(0, p.Offset-f.Pinned), max(1, room) // without room, only the total matters
	c.withSynonyms(&q)
	if c.timeout == a.config.QueryTimeout {
		c.extend(&q)
	}
	page, err := a.config.Catalogue.List(c.ctx, &q)
	if e, ok := errors.AsType[*storage.Error](err); ok && e.Code == storage.Invalid { // an expression that has become too expensive
		return problem.New(problem.InvalidParameter, "the query of this %s cannot be answered: %s; an editor has to change it", f.By.Noun.Name, e.Detail)
	}
	if err != nil {
		return err
	}
	f.Sort = q.Order.String()
	f.Total += page.Total
	f.Objects = append(f.Objects, page.Objects[:min(room, len(page.Objects))]...)
	f.life = lifeOf(&q, page)
	f.add(partOf(page, s.rule.Target), touch.NewInterest(&q))
	return nil
}
