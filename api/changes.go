package api

import (
	"context"
	"net/http"

	"marquee/api/param"
	"marquee/api/wire"
	"marquee/storage"
)

// ChangeLog reads the change log.
type ChangeLog interface {
	// Changes returns about limit changes after version since. A version that does not
	// exist yet, or that is older than the log, is Invalid with a fault of the parameter
	// since.
	Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error)
}

// changes answers with a part of the change log, for consumers that follow the
// catalogue. It does not say who wrote.
func (a *API) changes(c *call) (*reply, error) {
	p, err := param.ParseChanges(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	log, err := a.config.Catalogue.Changes(c.ctx, p.Since, p.Limit)
	if err != nil {
		return nil, p.WithStoreFaults(err)
	}
	next := p.Since
	if n := len(log.Changes); n > 0 {
		next = log.Changes[n-1].Version
	}
	body, err := wire.Changes(p, log, next)
	if err != nil {
		return nil, err
	}
	header := http.Header{"Cache-Control": {c.lifetime(logLifetime)}, "Vary": {varyRead}, "Etag": {listTag(body)}}
	if next < log.Version {
		header.Set("Link", p.NextLink(next))
	}
	return &reply{status: http.StatusOK, header: header, body: body}, nil
}
