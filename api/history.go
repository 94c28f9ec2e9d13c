package api

import (
	"context"
	"net/http"

	"marquee/api/param"
	"marquee/api/wire"
	"marquee/storage"
)

// Archive reads the history of objects.
type Archive interface {
	// History returns the writes of an object before a version, 0 for all up to now,
	// the latest first. It also works after the object was deleted.
	History(ctx context.Context, n *storage.Noun, id string, before int64, limit int) ([]storage.Event, error)
	// Revision returns the state that an object had at a version, NotFound if it had
	// none or the state is no longer stored.
	Revision(ctx context.Context, n *storage.Noun, id string, version int64) (*storage.Document, error)
}

// history answers with the writes of an object, the latest first. It names people,
// so browsers and caches store no copy.
func (a *API) history(c *call) (*reply, error) {
	p, err := param.ParseHistory(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	events, err := a.config.Catalogue.History(c.ctx, c.route.Noun, c.id(), p.Before, p.Limit+1)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		if err := a.checkKnown(c); err != nil {
			return nil, err
		}
	}
	header := http.Header{"Cache-Control": {noCopies}}
	if len(events) > p.Limit {
		events = events[:p.Limit]
		header.Set("Link", p.NextLink(events[p.Limit-1].Version))
	}
	body, err := wire.History(p, events)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK, header: header, body: body}, nil
}

// checkKnown returns NotFound for an object that does not exist and never did. An
// imported object may have no events, and a deleted object has only events.
func (a *API) checkKnown(c *call) error {
	_, err := a.config.Catalogue.Get(c.ctx, c.route.Noun, c.id(), nil)
	if storage.CodeOf(err) != storage.NotFound {
		return err
	}
	events, errHistory := a.config.Catalogue.History(c.ctx, c.route.Noun, c.id(), 0, 1)
	if errHistory != nil || len(events) > 0 {
		return errHistory
	}
	return err
}
