package api

import (
	"net/http"

	"marquee/api/param"
	"marquee/api/wire"
	"marquee/storage"
)

// history answers with the writes of an object, the latest first. It names people,
// so browsers and caches store no copy.
func (a *API) history(c *call) (*reply, error) {
	p, err := param.ParseHistory(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	events, err := a.catalogue.History(c.ctx, c.route.Noun, c.id(), p.Before, p.Limit+1)
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
	_, err := a.catalogue.Get(c.ctx, c.route.Noun, c.id(), nil)
	if storage.CodeOf(err) != storage.NotFound {
		return err
	}
	events, errHistory := a.catalogue.History(c.ctx, c.route.Noun, c.id(), 0, 1)
	if errHistory != nil || len(events) > 0 {
		return errHistory
	}
	return err
}
