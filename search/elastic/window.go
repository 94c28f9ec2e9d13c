package elastic

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxWindows bounds the points in time that searches keep open: each holds
	// segments of the index that a merge would free. Elasticsearch itself allows
	// 500 scrolls, as a measure of what a node bears.
	maxWindows = 64
	// maxWindowBytes bounds what windows remember of lists, in all.
	maxWindowBytes = 64 << 20
	// maxMarks bounds the places remembered of one list. 512 of them, evenly
	// spread over a million objects, lie less than a request's reach apart.
	maxMarks = 512
	// maxAge bounds how long pages are read from one point in time. Writes, votes
	// and views end it sooner; this is for what nobody counts, such as an index that
	// was replaced by another at the same version.
	maxAge = 30 * time.Second
)

// moment is what the index was known to have when a list was asked for.
type moment struct {
	version int64 // of the catalogue
	flushes int64 // see Config.Flushes
}

// window is a list at a point in time, with what earlier pages found out about
// it. Whoever holds it may use it.
type window struct {
	name string
	at   moment
	held chan struct{} // capacity 1: a mutex that gives up with a context

	pit   string
	total int
	marks []mark  // ascending, for lists that Elasticsearch pages through
	found []found // for lists that Go has to decide on; nil when not decided yet

	// Guarded by the windows' mutex.
	opened  time.Time
	bytes   int
	element *list.Element
}

// mark is the place behind the first offset objects of a list.
type mark struct {
	offset int
	sort   []jsontext.Value
}

// hold waits for the window; release gives it back.
func (w *window) hold(ctx context.Context) error {
	select {
	case w.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		return unavailable(ctx, ctx.Err())
	}
}

func (w *window) release() { <-w.held }

// before is the last mark at or before an offset; the zero mark is the start.
func (w *window) before(offset int) mark {
	var best mark
	for _, m := range w.marks {
		if m.offset > offset {
			break
		}
		best = m
	}
	return best
}

// remember adds a mark. When there are too many, every second goes.
func (w *window) remember(m mark) {
	i := 0
	for i < len(w.marks) && w.marks[i].offset < m.offset {
		i++
	}
	if i < len(w.marks) && w.marks[i].offset == m.offset {
		return
	}
	w.marks = append(w.marks, mark{})
	copy(w.marks[i+1:], w.marks[i:])
	w.marks[i] = m
	if len(w.marks) <= maxMarks {
		return
	}
	kept := w.marks[:0]
	for i, m := range w.marks {
		if i%2 == 1 {
			kept = append(kept, m)
		}
	}
	w.marks = kept
}

// size is about how many bytes the window remembers.
func (w *window) size() int {
	n := 0
	for _, m := range w.marks {
		n += 100
		for _, s := range m.sort {
			n += len(s)
		}
	}
	for i := range w.found {
		n += 80 + len(w.found[i].Key.Text)
	}
	return n
}

// windows are the lists that somebody paged through lately.
type windows struct {
	mu     sync.Mutex
	byName map[string]*window
	recent *list.List // of *window, the last used first
	bytes  int
}

func newWindows() *windows {
	return &windows{byName: map[string]*window{}, recent: list.New()}
}

// get returns the window of a list at a moment, a new one if there is none, and
// the points in time that are no longer needed. Version 0 is that of a client
// which is not told of writes: its windows are never the right ones again.
func (ws *windows) get(name string, at moment) (w *window, stale []string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	now := time.Now()
	w = ws.byName[name]
	if w != nil && (w.at != at || at.version == 0 || now.Sub(w.opened) > maxAge) {
		stale = append(stale, ws.drop(w))
		w = nil
	}
	if w == nil {
		w = &window{name: name, at: at, opened: now, held: make(chan struct{}, 1)}
		w.element = ws.recent.PushFront(w)
		ws.byName[name] = w
	}
	ws.recent.MoveToFront(w.element)
	for len(ws.byName) > maxWindows {
		stale = append(stale, ws.drop(ws.recent.Back().Value.(*window)))
	}
	return w, stale
}

// settle takes note of how much a held window remembers now.
func (ws *windows) settle(w *window) (stale []string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byName[w.name] != w {
		return []string{w.pit} // dropped while it was in use
	}
	size := w.size()
	ws.bytes += size - w.bytes
	w.bytes = size
	for ws.bytes > maxWindowBytes && ws.recent.Len() > 1 {
		stale = append(stale, ws.drop(ws.recent.Back().Value.(*window)))
	}
	return stale
}

// forget drops a window whose point in time is gone.
func (ws *windows) forget(w *window) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byName[w.name] == w {
		ws.drop(w)
	}
}

// drop removes a window and returns its point in time, "" while it is in use:
// then settle returns it.
func (ws *windows) drop(w *window) string {
	delete(ws.byName, w.name)
	ws.recent.Remove(w.element)
	ws.bytes -= w.bytes
	select {
	case w.held <- struct{}{}:
		defer w.release()
		return w.pit
	default:
		return ""
	}
}

// clear drops all windows.
func (ws *windows) clear() (stale []string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for ws.recent.Len() > 0 {
		stale = append(stale, ws.drop(ws.recent.Back().Value.(*window)))
	}
	return stale
}
