package tail

import (
	"sort"

	"marquee/storage"
)

// window is the log's end as it is known at one moment. It does not change.
type window struct {
	version, floor int64
	// changes are those after floor up to version, in the order of the log. The
	// array under them is shared with later windows, which only append; what was
	// cut off at its front goes when it is full, and so is less than half of it.
	changes []storage.Change
	bytes   int
	// superseded is closed when another window has taken the place of this one.
	superseded chan struct{}
}

// newWindow knows that there are changes up to a version, and none of them.
func newWindow(version int64) *window {
	return &window{version: version, floor: version, superseded: make(chan struct{})}
}

// with is the window that also has the changes that follow, up to a version. A
// change without documents, an import's, cannot be judged: it raises the floor.
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

func weight(c *storage.Change) int { return c.Before.Weight() + c.After.Weight() }
