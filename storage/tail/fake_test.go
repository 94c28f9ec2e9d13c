package tail_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"

	"marquee/storage"
)

// fakeSource is a change log in memory with faults.
type fakeSource struct {
	mu      sync.Mutex
	changes []storage.Change
	version int64
	pruned  int64
	// err is the error of every call, and unreadable that of Changes.
	err, unreadable error
	// deaf drops notifications.
	deaf   bool
	notify func(channel, payload string)
	cut    chan struct{} // ends the listening
	reads  int           // of Changes
}

var errCut = errors.New("the connection was cut")

// commit adds changes of the next version, one for each title. The title "" is an
// import.
func (f *fakeSource) commit(titles ...string) int64 {
	f.mu.Lock()
	f.version++
	for i, title := range titles {
		c := storage.Change{Version: f.version, Index: i, Noun: storage.Movie, Operation: storage.Import, IDs: []string{"1", "2"}}
		if title != "" {
			c.Operation, c.IDs = storage.Create, []string{strconv.FormatInt(f.version, 10)}
			c.After = &storage.Document{Noun: storage.Movie, ID: c.IDs[0], Fields: map[string]any{"title": title}}
		}
		f.changes = append(f.changes, c)
	}
	version, notify := f.version, f.notify
	if f.deaf {
		notify = nil
	}
	f.mu.Unlock()
	if notify != nil {
		notify(storage.CatalogueChannel, strconv.FormatInt(version, 10))
	}
	return version
}

// set changes the source under its lock.
func (f *fakeSource) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// disconnect ends Listen as a lost connection would.
func (f *fakeSource) disconnect() {
	f.set(func() {
		if f.cut != nil {
			close(f.cut)
			f.cut, f.notify = nil, nil
		}
	})
}

// between returns the changes after one version up to another.
func (f *fakeSource) between(from, to int64) []storage.Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.changes), func(c storage.Change) bool { return c.Version <= from || c.Version > to })
}

func (f *fakeSource) Span(context.Context) (after, version int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pruned, f.version, f.err
}

func (f *fakeSource) Changes(_ context.Context, since int64, limit int) (*storage.Changes, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	switch {
	case f.err != nil:
		return nil, f.err
	case f.unreadable != nil:
		return nil, f.unreadable
	case since < f.pruned || since > f.version:
		return nil, storage.Errorf(storage.Invalid, "since %d was pruned", since)
	}
	out := &storage.Changes{Version: f.version}
	for _, c := range f.changes {
		if c.Version <= since {
			continue
		}
		if n := len(out.Changes); n >= limit && out.Changes[n-1].Version != c.Version {
			break
		}
		out.Changes = append(out.Changes, c)
	}
	return out, nil
}

func (f *fakeSource) Listen(ctx context.Context, _ []string, notify func(channel, payload string)) error {
	f.mu.Lock()
	if f.err != nil {
		defer f.mu.Unlock()
		return f.err
	}
	cut := make(chan struct{})
	f.cut, f.notify = cut, notify
	f.mu.Unlock()
	notify("", "")
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-cut:
		return errCut
	}
}
