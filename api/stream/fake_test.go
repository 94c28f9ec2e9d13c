package stream_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"marquee/api/stream"
	"marquee/storage"
)

// fakeLog is a change log, and its end in memory.
type fakeLog struct {
	mu      sync.Mutex
	changes []storage.Change
	version int64
	// start is the version after which the changes are in memory, up to known.
	start, known, pruned int64
	grown                chan struct{}
	err                  error
	reads                int
}

func newFakeLog() *fakeLog { return &fakeLog{grown: make(chan struct{})} }

// commit adds changes of one version, and shows them to the tail.
func (l *fakeLog) commit(nouns ...*storage.Noun) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.version++
	for i, n := range nouns {
		l.changes = append(l.changes, storage.Change{Version: l.version, Index: i, Noun: n, Operation: storage.Import, IDs: []string{strconv.Itoa(i)}})
	}
	l.known = l.version
	l.grow()
}

// grow announces a new window. The caller holds the lock.
func (l *fakeLog) grow() {
	close(l.grown)
	l.grown = make(chan struct{})
}

// set changes the log under its lock.
func (l *fakeLog) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	l.grow()
}

func (l *fakeLog) Version() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known
}

func (l *fakeLog) Grown() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.grown
}

func (l *fakeLog) After(at storage.LogPosition, visit func(*storage.Change) bool) (upTo int64, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.Whole() < l.start {
		return 0, false
	}
	for i := range l.changes {
		if c := &l.changes[i]; at.Precedes(c) && c.Version <= l.known && !visit(c) {
			break
		}
	}
	return l.known, true
}

func (l *fakeLog) ChangesAfter(_ context.Context, at storage.LogPosition, limit int) (*storage.Changes, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	if l.err != nil {
		return nil, l.err
	}
	out := &storage.Changes{Version: l.version, Pruned: l.pruned}
	for _, c := range l.changes {
		if c.Version > l.pruned && at.Precedes(&c) && len(out.Changes) < limit {
			out.Changes = append(out.Changes, c)
		}
	}
	return out, nil
}

// encode encodes a change with as many bytes more as its index says, times large.
func encode(large int) func(c *storage.Change) (whole, public []byte, err error) {
	return func(c *storage.Change) (whole, public []byte, err error) {
		text := fmt.Sprintf(`{"version":%d,"index":%d,"noun":"%s","more":"%s"}`, c.Version, c.Index, c.Noun.Name, strings.Repeat("x", c.Index*large))
		return []byte(text), []byte(strings.Replace(text, "{", `{"public":true,`, 1)), nil
	}
}

// connection is a connection to a reader. It breaks after some bytes, or takes no more.
type connection struct {
	mu       sync.Mutex
	received []byte
	// limit is how many bytes it takes, -1 for all. If it blocks then, writes wait for the
	// deadline.
	limit    int
	blocks   bool
	deadline time.Time
	flushed  int
	cut      context.CancelFunc
}

func (c *connection) Header() http.Header { return http.Header{} }
func (c *connection) WriteHeader(int)     {}

func (c *connection) Write(p []byte) (int, error) {
	c.mu.Lock()
	n := len(p)
	if c.limit >= 0 {
		n = min(n, c.limit-len(c.received))
	}
	c.received = append(c.received, p[:n]...)
	deadline := c.deadline
	c.mu.Unlock()
	switch {
	case n == len(p):
		return n, nil
	case c.blocks:
		time.Sleep(time.Until(deadline))
		return n, os.ErrDeadlineExceeded
	}
	c.cut()
	return n, http.ErrAbortHandler
}

func (c *connection) FlushError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushed = len(c.received)
	return nil
}

func (c *connection) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return nil
}

func (c *connection) SetReadDeadline(time.Time) error { return nil }

func (c *connection) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.received[:c.flushed])
}

// all returns everything that arrived, also what a break left unflushed.
func (c *connection) all() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.received)
}

// serve starts a stream. It returns the connection, and a function that ends the stream and
// waits for that.
func serve(f *stream.Feed, q stream.Request, limit int) (*connection, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &connection{limit: limit, cut: cancel}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Serve(ctx, c, q)
	}()
	return c, func() { cancel(); <-ended }
}

// message is an event as a client sees it (the HTML standard, section 9.2.6).
type message struct{ event, data, id string }

// parse returns the messages of a text, and the id of the last one. It ignores an unfinished
// message at the end.
func parse(text, id string) (messages []message, last string) {
	last = id
	for {
		block, rest, whole := strings.Cut(text, "\n\n")
		if !whole {
			return messages, last
		}
		text = rest
		var m message
		buffer := last
		for line := range strings.SplitSeq(block, "\n") {
			name, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			switch name {
			case "event":
				m.event = value
			case "data":
				m.data = value
			case "id":
				buffer, m.id = value, value
			}
		}
		if last = buffer; m.data != "" {
			messages = append(messages, m)
		}
	}
}

// wanted reports whether a reader wants a noun.
func wanted(nouns []*storage.Noun, n *storage.Noun) bool {
	return nouns == nil || slices.Contains(nouns, n)
}
