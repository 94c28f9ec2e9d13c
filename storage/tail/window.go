package tail

import (
	"sort"

	"marquee/storage"
)

// window is the end of the log at one moment. It is immutable.
type window struct {
	version, floor int64
	// changes are the changes after floor up to version, in the order of the log.
	// Later windows share the array and append to it. When it is full, append copies
	// the changes without those dropped from the front.
	changes []storage.Change
	bytes   int
	// superseded is closed when a later window replaces this one.
	superseded chan struct{}
}

// newWindow returns a window at a version, without the changes up to it.
func newWindow(version int64) *window {
	return &window{version: version, floor: version, superseded: make(chan struct{})}
}

// with returns a window that also has the next changes, up to a version. A change
// without documents, as of an import, raises the floor: whether it touches an answer
// is unknown.
func (w *window) with(more []storage.Change, version int64, maxChanges, maxBytes int) *window {
	next := newWindow(version)
	next.floor, next.changes, next.bytes = w.floor, w.changes, w.bytes
	next.changes = append(next.changes, more...)
	floor := w.floor
	for i := range more {
		next.bytes += weight(&more[i])
		if more[i].Before == nil && more[i].After == nil {
			floor = more[i].Version
		}
	}
	next.raise(floor)
	for len(next.changes) > maxChanges || next.bytes > maxBytes {
		next.raise(next.changes[0].Version)
	}
	return next
}

// raise drops the changes up to a version.
func (w *window) raise(floor int64) {
	w.floor = max(w.floor, floor)
	n := sort.Search(len(w.changes), func(i int) bool { return w.changes[i].Version > floor })
	for i := range w.changes[:n] {
		w.bytes -= weight(&w.changes[i])
	}
	w.changes = w.changes[n:]
}

// weight is the estimated size of a change's documents as JSON, in bytes.
func weight(c *storage.Change) int { return c.Before.Weight() + c.After.Weight() }
