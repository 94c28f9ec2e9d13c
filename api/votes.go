package api

import (
	"context"
	"marquee/storage"
	"net/http"
	"strconv"
)

// Votes stores what users think of objects.
type Votes interface {
	// Vote sets the vote of a user for an object, NotFound if there is no object.
	Vote(ctx context.Context, n *storage.Noun, id, user string, v storage.Vote) error
}

// Views counts how often objects are viewed.
type Views interface {
	// Add counts one view of an object that exists. It does not wait for the store.
	Add(n *storage.Noun, id string)
}

// vote sets the user's vote for an object.
func (a *API) vote(c *call) (*reply, error) {
	if err := c.parseEmpty(); err != nil {
		return nil, err
	}
	if err := a.config.Catalogue.Vote(c.ctx, c.route.Noun, c.id(), c.user.Name, c.route.Vote); err != nil {
		return nil, err
	}
	return a.counterReply(), nil
}

// view counts one view. It looks the object up first, at the cost of a row, so that
// memory does not fill with counters of objects that do not exist.
func (a *API) view(c *call) (*reply, error) {
	if err := c.parseEmpty(); err != nil {
		return nil, err
	}
	if _, err := a.config.Catalogue.Get(c.ctx, c.route.Noun, c.id(), c.parents()); err != nil {
		return nil, err
	}
	if a.config.Views != nil {
		a.config.Views.Add(c.route.Noun, c.id())
	}
	return a.counterReply(), nil
}

// counterReply answers a vote or a view. These create no version, so the reply has the
// current one.
func (a *API) counterReply() *reply {
	rep := &reply{status: http.StatusNoContent, header: http.Header{}}
	if a.config.Versions != nil {
		rep.header.Set("Catalogue-Version", strconv.FormatInt(a.config.Versions.Version(), 10))
	}
	return rep
}
