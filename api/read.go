package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"marquee/api/param"
	"marquee/api/wire"
	"marquee/cache/plan"
	"marquee/search/touch"
	"marquee/storage"
)

// Reader reads objects.
type Reader interface {
	// Get returns one object. parents are the ids of the parents that the path names,
	// outermost first, nil without any. An object that does not exist, or that has
	// other parents, is storage.NotFound.
	Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error)
	// List returns one page. Unknown ids in AnyOf and AllOf conditions are
	// storage.Invalid with a fault for each. A missing parent is NotFound.
	List(ctx context.Context, q *storage.Query) (*storage.Page, error)
	// Suggest returns the labels that have the words of a text.
	Suggest(ctx context.Context, q *storage.SuggestQuery) (*storage.Suggestions, error)
}

// get answers with one object.
func (a *API) get(c *call) (*reply, error) {
	p, err := param.ParseObject(c.route.Noun, c.path(), c.query())
	if p != nil {
		err = cmp.Or(a.choose(c, &p.Request), err)
	}
	if err != nil {
		return nil, err
	}
	var o *storage.Object
	var until time.Time
	var expanded []wire.Expanded
	reads, err := a.consistently(c, func(atLeast int64) (*reading, error) {
		asOf, r := a.reached(), &reading{}
		if o, until, err = a.look(c, c.route.Noun, c.id(), c.parents()); err != nil {
			return nil, a.describeMissing(c, asOf, until, err)
		}
		r.add(plan.Part{AsOf: asOf}, object{noun: o.Noun, id: o.ID})
		expanded, err = a.expand(c, r, p.Expand, []storage.Object{*o}, atLeast)
		return r, p.WithStoreFaults(err)
	})
	if err != nil {
		return nil, err
	}
	body, err := wire.Object(o, p.Fields, expanded)
	if err != nil {
		return nil, err
	}
	header := http.Header{
		"Cache-Control": {c.lifetime(objectLife.public)}, "Vary": {varyRead}, "Etag": {objectTag(o.Version, body)},
		"Surrogate-Key": {strings.Join(append(c.parentKeys(), SurrogateKey(o.Noun, o.ID)), " ") + expandedKeys(expanded)},
	}
	if o.Noun.Dated() && expanded == nil { // what it refers to has times of its own, or none
		header.Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	}
	a.describeReading(c, &objectLife, until, reads)
	return &reply{status: http.StatusOK, header: header, body: body}, nil
}

// varyRead is the Vary of reads.
const varyRead = "Accept-Encoding"

// list answers with a page of objects.
func (a *API) list(c *call) (*reply, error) {
	p, err := param.ParseList(c.route.Noun, c.path(), c.query())
	if p == nil {
		return nil, err
	}
	if err := a.choose(c, &p.Request); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, a.withUnknownIDs(c, p, err)
	}
	p.Within(c.parents())
	c.narrow(&p.Query)
	c.withSynonyms(&p.Query)
	c.extend(&p.Query)
	var page *storage.Page
	var expanded []wire.Expanded
	reads, err := a.consistently(c, func(atLeast int64) (*reading, error) {
		asOf, r := a.reached(), &reading{}
		p.Query.AtLeast = atLeast
		if page, err = a.config.Catalogue.List(c.ctx, &p.Query); err != nil {
			return nil, a.describeMissing(c, asOf, time.Time{}, p.WithStoreFaults(err))
		}
		r.add(partOf(page, ""), touch.NewInterest(&p.Query))
		r.addMeant(p, page)
		expanded, err = a.expand(c, r, p.Expand, page.Objects, atLeast)
		return r, p.WithStoreFaults(err)
	})
	if err != nil {
		return nil, err
	}
	if err := c.show(page); err != nil {
		return nil, err
	}
	body, err := wire.List(p, page, expanded)
	if err != nil {
		return nil, err
	}
	life := lifeOf(&p.Query, page)
	header := http.Header{
		"Cache-Control": {c.lifetime(life.public)}, "Vary": {varyRead}, "Surrogate-Key": {c.pageKeys(page.Objects) + expandedKeys(expanded)},
		"Etag": {listTag(body)}, "Link": {p.Links(page)},
	}
	a.describeReading(c, life, page.Until, reads)
	return &reply{status: http.StatusOK, header: header, body: body}, nil
}

// suggest answers with labels that somebody may be typing. Editors see what the public sees.
func (a *API) suggest(c *call) (*reply, error) {
	p, err := param.ParseSuggest(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	p.Query.At, p.Query.AtLeast = c.at, c.atLeast
	s, err := a.config.Catalogue.Suggest(c.ctx, &p.Query)
	if err != nil {
		return nil, err
	}
	body := wire.Suggestions(p, s)
	life := lifeOfSuggestions(&p.Query)
	a.describe(c, life, plan.Description{AsOf: s.AsOf, Source: plan.Committed, Until: s.Until})
	return &reply{status: http.StatusOK, body: body, header: http.Header{
		"Cache-Control": {c.lifetime(life.public)}, "Vary": {varyRead}, "Etag": {listTag(body)}, "Surrogate-Key": {suggestionKeys(&p.Query, s)},
	}}, nil
}

// addMeant adds the searches that showed what the text of a list may have meant.
func (r *reading) addMeant(p *param.List, page *storage.Page) {
	targets := p.Meant(page.Meant)
	for i, interest := range touch.Meant(&p.Query, page.Meant) {
		r.add(partOf(page, targets[i]), interest)
	}
}

// withUnknownIDs adds the ids that the store does not know to the refusal of a
// request, so that the client sees all faults at once.
func (a *API) withUnknownIDs(c *call, p *param.List, refusal error) error {
	references := p.References()
	if references == nil {
		return refusal
	}
	_, err := a.config.Catalogue.List(c.ctx, references)
	if storage.CodeOf(err) != storage.Invalid {
		return refusal
	}
	return p.WithStoreFaults(err)
}
