package api

import (
	"context"
	"slices"
	"time"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/cache/plan"
	"marquee/storage"
	"marquee/storage/schedule"
)

// Objects with periods are seen by the public while they are active, and by editors always.
// Nothing else tells whether a caller may see an object.

// now returns the instant of a request without the parameter at: the present one, or the
// one that the cache in front prepares an answer for.
func (a *API) now(ctx context.Context) time.Time {
	if at, ok := plan.Instant(ctx); ok {
		return at
	}
	return a.config.Now()
}

// choose sets the instant that the parameter at chooses. It refuses callers who are no
// editors, before they learn of other faults. p may have faults.
func (a *API) choose(c *call, p *param.Request) error {
	if _, given := p.Given("at"); !given || !slices.ContainsFunc(p.Parameters(), func(k param.Parameter) bool { return k.Name == "at" }) {
		return nil
	}
	switch {
	case c.user == nil:
		return a.challenge("", "the parameter at needs an editor's credentials: "+a.schemes())
	case !edits(c.user):
		return problem.New(problem.Forbidden, "the role %q may not look at another time; leave the parameter at out", c.user.Role)
	}
	c.at = p.At
	return nil
}

// narrow limits a query to what the caller may see at the instant of the request.
func (c *call) narrow(q *storage.Query) {
	if !q.Noun.Scheduled() {
		return
	}
	q.Conditions = slices.Clone(q.Conditions)
	public := !edits(c.user)
	if public {
		q.Conditions = append(slices.DeleteFunc(q.Conditions, isActive), storage.Condition{Filter: q.Noun.Activity()})
	}
	for i := range q.Conditions {
		if isActive(q.Conditions[i]) {
			q.Conditions[i].At, q.Conditions[i].Hides = c.at, public
		}
	}
}

func isActive(c storage.Condition) bool { return c.Filter.Kind == storage.Active }

// look returns an object as the caller may see it at the instant of the request, NotFound if
// there is none. until is the first instant at which the answer may be another one without
// a write, zero if there is none. It is set for NotFound, too.
func (a *API) look(c *call, n *storage.Noun, id string, parents []string) (o *storage.Object, until time.Time, err error) {
	if o, err = a.config.Catalogue.Get(c.ctx, n, id, parents); err != nil {
		return nil, time.Time{}, err
	}
	s, err := schedule.Append(o, c.at)
	switch {
	case err != nil:
		return nil, time.Time{}, err
	case !s.Active && !edits(c.user):
		return nil, s.Until, storage.NoObject(n, id)
	}
	return o, s.Until, nil
}

// show appends the fields that depend on the instant to the objects of a page, and moves
// Page.Until to the first instant at which one of them changes.
func (c *call) show(page *storage.Page) error {
	for i := range page.Objects {
		s, err := schedule.Append(&page.Objects[i], c.at)
		if err != nil {
			return err
		}
		if page.Until.IsZero() || !s.Until.IsZero() && s.Until.Before(page.Until) {
			page.Until = s.Until
		}
	}
	return nil
}
