// Package window remembers lists at points in time, so that pages far down are read
// from where an earlier page ended. It knows nothing of the server that holds the
// points in time.
package window

import (
	"container/list"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage"
)

const (
	// maxWindows bounds the points in time that searches keep open: each holds
	// segments of the index that a merge would free. Elasticsearch itself allows
	// 500 scrolls, which shows the capacity of a node.
	maxWindows = 64
	// maxBytes bounds what all windows remember of lists.
	maxBytes = 64 << 20
	// maxMarks bounds the marks of one list. 512 of them, evenly spread over a million
	// objects, are closer to each other than one request reaches.
	maxMarks = 512
	// maxAge bounds how long pages are read from one point in time. A write or a flush
	// ends it sooner; this is for changes without a number, such as an index that was
	// replaced by another at the same version.
	maxAge = 30 * time.Second
)

// Moment is the state of the index when a list was asked for.
type Moment struct {
	// Version is the catalogue's, 0 if it is not known.
	Version int64
	// Flushes grows with every flush of counters.
	Flushes int64
}

// Window is a list at a point in time, with what earlier pages found out about it.
// Only the goroutine that holds it may use its fields.
type Window struct {
	// PIT is the point in time, "" if it is not open yet.
	PIT string
	// Total is the number of objects in the list, 0 if it is not known yet.
	Total int
	// Found is the whole list, where Go has to decide it; nil if it has not.
	Found []storage.Position
	// Facets are the list's, where Found is set.
	Facets []storage.Facet

	name  string
	at    Moment
	marks []Mark        // ascending
	held  chan struct{} // capacity 1: a mutex that gives up with a context

	// Guarded by the Set's mutex.
	opened  time.Time
	bytes   int
	element *list.Element
}

// Mark is the place after the first Offset objects of a list. Sort has the sort values
// of the object before it, an array, nil at the start.
type Mark struct {
	Offset int
	Sort   jsontext.Value
}

// Hold waits for the window. Release must be called, unless Hold fails with the
// error of ctx.
func (w *Window) Hold(ctx context.Context) error {
	select {
	case w.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Release ends holding the window.
func (w *Window) Release() { <-w.held }

// place returns where the mark of an offset is, or would be.
func (w *Window) place(offset int) (i int, found bool) {
	return slices.BinarySearchFunc(w.marks, offset, func(m Mark, offset int) int { return m.Offset - offset })
}

// Before returns the last mark at or before an offset. The zero mark is the start.
func (w *Window) Before(offset int) Mark {
	i, found := w.place(offset)
	switch {
	case found:
		return w.marks[i]
	case i > 0:
		return w.marks[i-1]
	}
	return Mark{}
}

// Remember adds a mark. When there are too many, it drops every second one.
func (w *Window) Remember(m Mark) {
	i, found := w.place(m.Offset)
	if found {
		return
	}
	w.marks = slices.Insert(w.marks, i, m)
	if len(w.marks) > maxMarks {
		n := 0
		w.marks = slices.DeleteFunc(w.marks, func(Mark) bool { n++; return n%2 == 1 })
	}
}

// size estimates the bytes that the window remembers.
func (w *Window) size() int {
	n := 0
	for _, m := range w.marks {
		n += 100 + len(m.Sort)
	}
	for i := range w.Found {
		n += 80 + len(w.Found[i].Key.Text)
	}
	return n
}

// Set holds the windows of the lists that were paged through last. It is safe for
// concurrent use.
//
// Its methods return the points in time that the caller has to close.
type Set struct {
	mu     sync.Mutex
	byName map[string]*Window
	recent *list.List // of *Window, the last used first
	bytes  int
}

// NewSet makes an empty set.
func NewSet() *Set {
	return &Set{byName: map[string]*Window{}, recent: list.New()}
}

// Get returns the window of a list at a moment, a new one if there is none. At
// version 0 it always is a new one: nothing reports when that has ended.
func (s *Set) Get(name string, at Moment) (w *Window, stale []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	w = s.byName[name]
	if w != nil && (w.at != at || at.Version == 0 || now.Sub(w.opened) > maxAge) {
		stale = append(stale, s.drop(w))
		w = nil
	}
	if w == nil {
		w = &Window{name: name, at: at, opened: now, held: make(chan struct{}, 1)}
		w.element = s.recent.PushFront(w)
		s.byName[name] = w
	}
	s.recent.MoveToFront(w.element)
	for len(s.byName) > maxWindows {
		stale = append(stale, s.drop(s.recent.Back().Value.(*Window)))
	}
	return w, stale
}

// Settle is called at the end of holding a window. It notes how much the window
// remembers now.
func (s *Set) Settle(w *Window) (stale []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byName[w.name] != w {
		return []string{w.PIT} // dropped while it was in use
	}
	size := w.size()
	s.bytes += size - w.bytes
	w.bytes = size
	for s.bytes > maxBytes && s.recent.Len() > 1 {
		stale = append(stale, s.drop(s.recent.Back().Value.(*Window)))
	}
	return stale
}

// Forget drops a window whose point in time is lost.
func (s *Set) Forget(w *Window) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byName[w.name] == w {
		s.drop(w)
	}
}

// drop removes a window and returns its point in time, "" while it is in use: then
// Settle returns it.
func (s *Set) drop(w *Window) string {
	delete(s.byName, w.name)
	s.recent.Remove(w.element)
	s.bytes -= w.bytes
	select {
	case w.held <- struct{}{}:
		defer w.Release()
		return w.PIT
	default:
		return ""
	}
}

// Clear drops all windows.
func (s *Set) Clear() (stale []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.recent.Len() > 0 {
		stale = append(stale, s.drop(s.recent.Back().Value.(*Window)))
	}
	return stale
}
