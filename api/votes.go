package api

import (
	"net/http"
	"strconv"
)

// vote sets the user's vote for an object.
func (a *API) vote(c *call) (*reply, error) {
	if err := c.parseEmpty(); err != nil {
		return nil, err
	}
	if err := a.catalogue.Vote(c.ctx, c.route.Noun, c.id(), c.user.Name, c.route.Vote); err != nil {
		return nil, err
	}
	return a.counterReply(), nil
}

// view counts one view. The object is looked up first, which costs a row: what
// does not exist would wait in memory with the others.
func (a *API) view(c *call) (*reply, error) {
	if err := c.parseEmpty(); err != nil {
		return nil, err
	}
	if _, err := a.catalogue.Get(c.ctx, c.route.Noun, c.id(), c.parents()); err != nil {
		return nil, err
	}
	if a.views != nil {
		a.views.Add(c.route.Noun, c.id())
	}
	return a.counterReply(), nil
}

// counterReply answers a vote or a view. It makes no version; what every write tells is
// the present one.
func (a *API) counterReply() *reply {
	rep := &reply{status: http.StatusNoContent, header: http.Header{}}
	if a.versions != nil {
		rep.header.Set("Catalogue-Version", strconv.FormatInt(a.versions.Version(), 10))
	}
	return rep
}
