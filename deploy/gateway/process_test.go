package gateway

import (
	"net/http"
	"testing"
	"time"
)

// A gateway that was killed refuses connections, and is back at the same address
// with what it kept; a frozen one answers when it goes on.
func TestFaults(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "films"))
	g := Start(t, Config{Programs: []string{o.address()}})
	client := g.Client(t, nil)
	url := g.URL + "/2.0/movies"
	get(t, client, url)
	g.Kill()
	if r, err := exchange(t, client, http.MethodGet, url, ""); err == nil {
		t.Errorf("killed, it answers %d %s", r.StatusCode, r.body)
	}
	g.Restart()
	if r := get(t, client, url); r.body != "films" {
		t.Errorf("restarted: %d %s", r.StatusCode, r.body)
	}
	g.Stop()
	hasty := *client
	hasty.Timeout = 300 * time.Millisecond
	if r, err := exchange(t, &hasty, http.MethodGet, url, ""); err == nil {
		t.Errorf("frozen, it answers %d %s", r.StatusCode, r.body)
	}
	g.Continue()
	if r := get(t, client, url); r.body != "films" {
		t.Errorf("going on: %d %s", r.StatusCode, r.body)
	}
}

// Without a cache each answer is one of a process.
func TestUncached(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "films"))
	g := Start(t, Config{Programs: []string{o.address()}, Uncached: true})
	client := g.Client(t, nil)
	for range 3 {
		get(t, client, g.URL+"/2.0/movies")
	}
	if n := len(o.requests()); n != 3 {
		t.Errorf("the process was asked %d times", n)
	}
}
