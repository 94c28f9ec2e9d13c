package stream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
)

// reader reads a stream.
type reader struct {
	t        *testing.T
	response *http.Response
	lines    *bufio.Reader
	close    func()
	// id is the last event id.
	id string
}

// message is an event. An id without data makes none.
type message struct {
	event, data, id string
	change          struct {
		Version int64
		Noun    string
		IDs     []string
		Object  map[string]any
	}
}

// patience bounds the wait for an event.
const patience = 20 * time.Second

// open opens a stream. headers are alternating names and values.
func open(t *testing.T, s fixture.Site, query string, headers ...string) *reader {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Base+"/2.0/changes"+query, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Accept", "text/event-stream")
	if s.Token != "" {
		q.Header.Set("Authorization", "Bearer "+s.Token)
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(q) //nolint:bodyclose // reader.close closes it
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, response: response, lines: bufio.NewReader(response.Body), close: func() { cancel(); _ = response.Body.Close() }}
	t.Cleanup(r.close)
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("got %d, %v", response.StatusCode, response.Header)
	}
	return r
}

// block reads up to an empty line, "" at the end of the stream.
func (r *reader) block() (text string) {
	r.t.Helper()
	late := time.AfterFunc(patience, r.close)
	defer late.Stop()
	for {
		line, err := r.lines.ReadString('\n')
		if err != nil {
			return ""
		}
		if line == "\n" {
			return text
		}
		text += line
	}
}

// next reads the next event, nil at the end of the stream.
func (r *reader) next() *message {
	r.t.Helper()
	for {
		text := r.block()
		if text == "" {
			return nil
		}
		m := &message{}
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			switch name {
			case "event":
				m.event = value
			case "data":
				m.data = value
			case "id":
				m.id, r.id = value, value
			}
		}
		if m.data == "" {
			continue
		}
		if err := json.Unmarshal([]byte(m.data), &m.change); err != nil {
			r.t.Fatalf("%v: %s", err, m.data)
		}
		return m
	}
}

// want reads the next event, which must be a change of a version.
func (r *reader) want(version int64, noun string, last bool) *message {
	r.t.Helper()
	m := r.next()
	switch {
	case m == nil:
		r.t.Fatalf("the stream ended before version %d", version)
	case m.event != "change" || m.change.Version != version || m.change.Noun != noun || (m.id != "") != last:
		r.t.Fatalf("got %+v, want version %d of %s, last %v", m, version, noun, last)
	}
	return m
}

// wantEnd checks that the stream ends.
func (r *reader) wantEnd() {
	r.t.Helper()
	if m := r.next(); m != nil {
		r.t.Fatalf("got %+v, want the end", m)
	}
}
