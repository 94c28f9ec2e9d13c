package serve

import (
	"context"
	"time"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/tail"
)

// origin is the store as the API asks it: lists are answered by whose business
// they are, and what this process writes it knows before it says so.
type origin struct {
	*postgres.Store
	reads reads
	lists search.Engine
	log   *tail.Log
}

// Get reads one object.
func (o *origin) Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error) {
	return o.reads.Get(ctx, n, id, parents)
}

// List answers a list.
func (o *origin) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	return o.lists.List(ctx, q)
}

// ownWriteWait bounds how long the answer to a write waits until the log in
// memory has it, which takes a millisecond or two while the database answers.
const ownWriteWait = 100 * time.Millisecond

// Write writes, and has this process show the write from now on. The log is read
// first, so that what it vouches for is not asked for anew on every write; when
// it is not read in time, all of that counts as changed until it is.
func (o *origin) Write(ctx context.Context, w *edit.Write) (*edit.Written, error) {
	written, err := o.Store.Write(ctx, w)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, ownWriteWait)
	defer cancel()
	_ = o.log.Wait(ctx, written.Version) // it is written, whoever knows
	o.log.Require(written.Version)
	return written, nil
}
