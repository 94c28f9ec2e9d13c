package api

import (
	"context"
	"net/http"

	"marquee/api/param"
	"marquee/api/wire"
	"marquee/storage"
	"marquee/storage/period"
)

// ChangeLog reads the change log.
type ChangeLog interface {
	// Changes returns about limit changes after version since. A version that does not
	// exist yet, or that is older than the log, is Invalid with a fault of the parameter
	// since.
	Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error)
	// ChangesOf returns changes of nouns, as Changes does. It has all of them up to version
	// next, which may be long after the last one.
	ChangesOf(ctx context.Context, nouns []*storage.Noun, since int64, limit int) (changes *storage.Changes, next int64, err error)
	// ChangesAfter returns at most limit changes after a position.
	ChangesAfter(ctx context.Context, at storage.LogPosition, limit int) (*storage.Changes, error)
}

// varyLog is the Vary of the change log, which is JSON or a stream.
const varyLog = "Accept, Accept-Encoding"

// conceal takes out of changes what the public did not see when they were made. A change of
// an object that it no longer saw after it shows only the id, as a deletion does. A change
// of an object that it saw neither before nor after, or of which the log does not know,
// stays with its version, without ids, so that the log has no gap.
func conceal(changes []storage.Change) {
	for i := range changes {
		changes[i] = concealed(&changes[i])
	}
}

// concealed returns a change as the public sees it.
func concealed(c *storage.Change) storage.Change {
	seen := func(d *storage.Document) bool { return d != nil && period.Active(storage.Periods(d), c.At) }
	out := *c
	if !c.Noun.Scheduled() || seen(c.After) {
		return out
	}
	out.After = nil
	if !seen(c.Before) {
		out.IDs = nil
	}
	return out
}

// changes answers with a part of the change log, for consumers that follow the
// catalogue. It does not say who wrote.
func (a *API) changes(c *call) (*reply, error) {
	if a.streams(c.r.Header) {
		return a.stream(c)
	}
	p, err := param.ParseChanges(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	log, next, err := a.readChanges(c.ctx, p)
	if err != nil {
		return nil, p.WithStoreFaults(err)
	}
	if !edits(c.user) {
		conceal(log.Changes)
	}
	body, err := wire.Changes(p, log, next)
	if err != nil {
		return nil, err
	}
	header := http.Header{"Cache-Control": {c.lifetime(logLifetime)}, "Vary": {varyLog}, "Etag": {listTag(body)}}
	if next < log.Version {
		header.Set("Link", p.NextLink(next))
	}
	return &reply{status: http.StatusOK, header: header, body: body}, nil
}

// readChanges reads a page of the log. next is the version to continue from.
func (a *API) readChanges(ctx context.Context, p *param.Changes) (log *storage.Changes, next int64, err error) {
	if p.Nouns != nil {
		return a.config.Catalogue.ChangesOf(ctx, p.Nouns, p.Since, p.Limit)
	}
	if log, err = a.config.Catalogue.Changes(ctx, p.Since, p.Limit); err != nil {
		return nil, 0, err
	}
	next = p.Since
	if n := len(log.Changes); n > 0 {
		next = log.Changes[n-1].Version
	}
	return log, next, nil
}
