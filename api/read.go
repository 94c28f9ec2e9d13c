package api

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"marquee/api/problem"
	"marquee/cache/plan"
	"marquee/storage"
)

// parameters reads the query string by the parameters that the request takes.
func (c *call) parameters() (*asked, error) {
	raw := c.r.URL.RawQuery
	if len(raw) > maxQuery {
		return nil, problem.New(problem.QueryTooLong, "the query string has %d bytes, at most %d are taken", len(raw), maxQuery)
	}
	pairs, faults := splitQuery(raw)
	a := ask(c.path(), c.route.Noun, c.taken, pairs)
	a.faults = append(faults, a.faults...)
	return a, a.refuse()
}

// refuse makes the problem of faulty parameters, nil when there are none.
func (a *asked) refuse() error {
	if len(a.faults) == 0 {
		return nil
	}
	var told []storage.Fault
	for _, f := range a.faults {
		told = append(told, f.Fault)
	}
	p := problem.Invalid(problem.InvalidParameter, told)
	p.Corrected = a.corrected()
	return p
}

// get answers with one object.
func (a *API) get(c *call) (*reply, error) {
	asked, err := c.parameters()
	if err != nil {
		return nil, err
	}
	asOf := a.reached()
	o, err := a.catalogue.Get(c.ctx, c.route.Noun, c.id(), c.parents())
	if err != nil {
		return nil, a.describeMissing(c, asOf, err)
	}
	body, err := objectBody(o, asked.fields)
	if err != nil {
		return nil, err
	}
	header := http.Header{
		"Cache-Control": {c.lifetime(objectLife.public)}, "Vary": {varyRead}, "Etag": {objectTag(o.Version, body)},
		"Surrogate-Key": {strings.Join(append(c.parentKeys(), SurrogateKey(o.Noun, o.ID)), " ")},
	}
	if o.Noun.Dated() {
		header.Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	}
	a.describe(c, asOf, plan.Committed, &objectLife)
	return &reply{status: http.StatusOK, header: header, body: body}, nil
}

// varyRead names the request headers that choose between forms of an answer.
const varyRead = "Accept-Encoding"

// list answers with a page of objects.
func (a *API) list(c *call) (*reply, error) {
	asked, err := c.parameters()
	switch {
	case asked == nil:
		return nil, err
	case err != nil:
		return nil, a.joinFaults(c, asked, err)
	}
	asked.within(c)
	asked.query.AtLeast = c.atLeast
	asOf := a.reached()
	page, err := a.catalogue.List(c.ctx, &asked.query)
	if err != nil {
		return nil, a.describeMissing(c, asOf, asked.storeFaults(err))
	}
	body, err := asked.listBody(page)
	if err != nil {
		return nil, err
	}
	life, source := lifeOf(&asked.query, page), plan.Committed
	if page.Indexed {
		source = plan.Indexed
	}
	header := http.Header{
		"Cache-Control": {c.lifetime(life.public)}, "Vary": {varyRead}, "Surrogate-Key": {c.pageKeys(page)},
		"Etag": {listTag(body)}, "Link": {asked.links(page)},
	}
	a.describe(c, page.AsOf, source, life)
	return &reply{status: http.StatusOK, header: header, body: body}, nil
}

// within adds the conditions of a nested path.
func (a *asked) within(c *call) {
	n := c.route.Noun
	for i, id := range c.parents() {
		field := n.Parents[i].IDName()
		at := slices.IndexFunc(n.Filters, func(f storage.Filter) bool { return f.Kind == storage.Within && f.Name == field })
		a.query.Conditions = append(a.query.Conditions, storage.Condition{Filter: &n.Filters[at], IDs: []string{id}})
	}
}

// storeFaults turns the store's faults of parameters into ours, which have
// their place in the query string and know how to mend it.
func (a *asked) storeFaults(err error) error {
	e, ok := errors.AsType[*storage.Error](err)
	if !ok || e.Code != storage.Invalid {
		return err
	}
	for _, f := range e.Faults {
		mine := fault{Fault: f, at: slices.IndexFunc(a.pairs, func(p pair) bool { return p.name == f.Parameter })}
		all := ""
		if i := slices.IndexFunc(a.parameters, func(p Parameter) bool { return p.Name == f.Parameter }); i >= 0 {
			mine.Item, all = a.parameters[i].List, a.parameters[i].Default
		}
		switch {
		case all != "" && strings.EqualFold(f.Value, all): // which the store does not know
			mine.Nearest = all
			mine = mine.set(all)
		case f.Nearest != "":
			mine = mine.item(f.Value, f.Nearest)
		}
		a.faults = append(a.faults, mine)
	}
	return a.refuse()
}

// joinFaults adds what the store finds wrong with the references of a request
// that is refused anyway, so that all faults are told at once. No id is asked
// for, so that a store which finds nothing wrong has nothing to search.
func (a *API) joinFaults(c *call, asked *asked, refusal error) error {
	probe := storage.Query{Noun: c.route.Noun, IDs: []string{}, Limit: 1, Order: asked.query.Order}
	for _, condition := range asked.query.Conditions {
		if kind := condition.Filter.Kind; kind == storage.AnyOf || kind == storage.AllOf {
			probe.Conditions = append(probe.Conditions, condition)
		}
	}
	if len(probe.Conditions) == 0 {
		return refusal
	}
	_, err := a.catalogue.List(c.ctx, &probe)
	if storage.CodeOf(err) != storage.Invalid {
		return refusal
	}
	return asked.storeFaults(err)
}

// links is the Link header of a page (RFC 8288). The next page is found by its
// cursor, so that it costs the same however far it is; the page before only
// offsets can name.
func (a *asked) links(page *storage.Page) string {
	links := a.linksBack(page.Total)
	if page.Next != nil {
		links = append(links, a.link("next", "cursor", a.encodeCursor(page.Next, a.offset+len(page.Objects))))
	}
	return strings.Join(links, ", ")
}

// linksByOffset is the Link header of a page of a list without cursors.
func (a *asked) linksByOffset(total int) string {
	links := a.linksBack(total)
	if next := a.offset + a.query.Limit; next < total {
		links = append(links, a.link("next", "offset", strconv.Itoa(next)))
	}
	return strings.Join(links, ", ")
}

// linksBack lead to the first page and to the one before.
func (a *asked) linksBack(total int) []string {
	links := []string{a.link("first", "", "")}
	if a.cursor == "" && a.offset > 0 {
		before := max(0, min(a.offset, total)-a.query.Limit)
		links = append(links, a.link("prev", "offset", strconv.Itoa(before)))
	}
	return links
}

// link leads to the page that a parameter chooses.
func (a *asked) link(rel, name, value string) string {
	return "<" + a.page(name, value) + `>; rel="` + rel + `"`
}
