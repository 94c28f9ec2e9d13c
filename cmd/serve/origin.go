package serve

import (
	"context"
	"time"

	"marquee/cache/timing"
	"marquee/search"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/tail"
)

// origin is the catalogue of the API. It reads objects through reads and lists through
// lists. A write is in the tail of this process before the client has its answer.
type origin struct {
	*postgres.Store
	reads reader
	lists search.Engine
	log   *tail.Log
	// written is called after each write, when this process has to show it.
	written func()
}

// Get returns one object.
func (o *origin) Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error) {
	return o.reads.Get(ctx, n, id, parents)
}

// List returns a page of a list.
func (o *origin) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	return o.lists.List(ctx, q)
}

// Suggest answers a query for suggestions.
func (o *origin) Suggest(ctx context.Context, q *storage.SuggestQuery) (*storage.Suggestions, error) {
	return o.reads.Suggest(ctx, q)
}

// waiting adds the time of waits for a version to the request that waits.
type waiting struct {
	search.Progress
	part timing.Part
}

// Wait returns when the version is reached, or the error of ctx.
func (w waiting) Wait(ctx context.Context, version int64) error {
	timing.Begin(ctx, w.part)
	defer timing.End(ctx, w.part)
	return w.Progress.Wait(ctx, version)
}

// ownWriteWait bounds how long the answer to a write waits for the tail of the change
// log. The tail needs a millisecond or two while the database answers.
const ownWriteWait = 100 * time.Millisecond

// Write writes. From its return on, every answer of this process shows the write. Write
// waits for the tail, so that answers which the write does not touch stay valid. If the
// tail does not have the write in time, all answers count as stale until it has.
func (o *origin) Write(ctx context.Context, w *edit.Write) (*edit.Written, error) {
	written, err := o.Store.Write(ctx, w)
	if err != nil {
		return nil, err
	}
	o.show(ctx, written.Version)
	return written, nil
}

// Bulk is Write for several writes.
func (o *origin) Bulk(ctx context.Context, b *edit.Bulk) (*edit.BulkWritten, error) {
	written, err := o.Store.Bulk(ctx, b)
	if err != nil {
		return nil, err
	}
	o.show(ctx, written.Version)
	return written, nil
}

// show waits for a version that was written.
func (o *origin) show(ctx context.Context, version int64) {
	ctx, cancel := context.WithTimeout(ctx, ownWriteWait)
	defer cancel()
	_ = waiting{o.log, timing.Log}.Wait(ctx, version) // the write has succeeded either way
	o.log.Require(version)
	o.written()
}
