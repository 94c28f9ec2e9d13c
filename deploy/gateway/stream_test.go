package gateway

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A stream of the change log passes the gateway as it comes: each event before the next one
// is made, without a cache, and until one side ends it.
func TestStreamsPassAtOnce(t *testing.T) {
	t.Parallel()
	more, left := make(chan string), make(chan struct{}, 2)
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			public("s-maxage=60", "page")(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Connection", "close")
		control := http.NewResponseController(w)
		for text := fmt.Sprintf(":\nid: %s\n\n", r.Header.Get("Last-Event-ID")); ; {
			if _, err := fmt.Fprint(w, text); err != nil || control.Flush() != nil {
				return
			}
			select {
			case text = <-more:
			case <-r.Context().Done():
				left <- struct{}{}
				return
			}
			if text == "" {
				return
			}
		}
	})
	g := Start(t, Config{Programs: []string{o.address()}})
	client := g.Client(t, nil)
	if r := get(t, client, g.URL+"/2.0/changes"); r.body != "page" || r.own() != "fwd=uri-miss" {
		t.Errorf("the page: got %q, %s", r.body, r.own())
	}
	open := func() (*http.Response, *bufio.Reader) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.URL+"/2.0/changes", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream, application/json;q=0.5")
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("Last-Event-ID", "41")
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusOK || response.Header.Get("Content-Encoding") != "" {
			t.Fatalf("got %d, %v", response.StatusCode, response.Header)
		}
		return response, bufio.NewReader(response.Body)
	}
	expect := func(response *http.Response, lines *bufio.Reader, want string) {
		t.Helper()
		late := time.AfterFunc(patience, func() { _ = response.Body.Close() })
		defer late.Stop()
		for line := range strings.Lines(want) {
			if got, err := lines.ReadString('\n'); got != line || err != nil {
				t.Fatalf("got %q, %v, want %q", got, err, line)
			}
		}
	}
	first, lines := open()
	defer first.Body.Close()
	expect(first, lines, ":\nid: 41\n\n")
	for _, text := range []string{"event: change\ndata: {}\nid: 42\n\n", "event: change\ndata: " + strings.Repeat("x", 40_000) + "\nid: 43\n\n"} {
		more <- text
		expect(first, lines, text)
	}
	more <- "" // the process ends it
	if rest, err := lines.ReadString('\n'); rest != "" || err == nil {
		t.Errorf("after the end: %q, %v", rest, err)
	}
	second, lines := open()
	expect(second, lines, ":\nid: 41\n\n")
	_ = second.Body.Close() // the reader ends it
	select {
	case <-left:
	case <-time.After(patience):
		t.Error("the process does not learn that the reader has left")
	}
}
