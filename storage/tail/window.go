package tail

import (
	"sort"

	"marquee/storage"
)

// window is the end of the log at one moment. It is immutable.
type window struct {
	version int64
	// The changes after floor can be judged, because they have documents. start may be
	// lower: the changes after start are in memory.
	floor, start int64
	// changes are the changes after start up to version, in the order of the log.
	// Later windows share the array and append to it. When it is full, append copies
	// the changes without those dropped from the front.
	changes []storage.Change
	bytes   int
	// superseded is closed when a later window replaces this one.
	superseded chan struct{}
}

// newWindow returns a window at a version, without the changes up to it.
func newWindow(version int64) *window {
	return &window{version: version, floor: version, start: version, superseded: make(chan struct{})}
}

// with returns a window that also has the next changes, up to a version. A change
// without documents, as of an import, raises the floor: whether it touches an answer
// is unknown.
func (w *window) with(more []storage.Change, version int64, maxChanges, maxBytes int) *window {
	next := newWindow(version)
	next.floor, next.start, next.changes, next.bytes = w.floor, w.start, w.changes, w.bytes
	next.changes = append(next.changes, more...)
	for i := range more {
		next.bytes += weight(&more[i])
		if more[i].Before == nil && more[i].After == nil {
			next.floor = more[i].Version
		}
	}
	for len(next.changes) > maxChanges || next.bytes > maxBytes {
		next.drop(next.changes[0].Version)
	}
	return next
}

// drop removes the changes up to a version.
func (w *window) drop(version int64) {
	w.start, w.floor = max(w.start, version), max(w.floor, version)
	n := w.after(storage.AfterVersion(version))
	for i := range w.changes[:n] {
		w.bytes -= weight(&w.changes[i])
	}
	w.changes = w.changes[n:]
}

// after returns the index of the first change after a position.
func (w *window) after(at storage.LogPosition) int {
	return sort.Search(len(w.changes), func(i int) bool { return at.Precedes(&w.changes[i]) })
}

// weight is the estimated size of a change as JSON, in bytes.
func weight(c *storage.Change) int {
	n := c.Before.Weight() + c.After.Weight()
	for _, id := range c.IDs {
		n += len(id) + len(`"",`)
	}
	return n
}
