package gateway

import (
	"net/http"
	"testing"
	"time"
)

// A killed gateway refuses connections. Restarted, it answers at the same address with
// its cached answers. A frozen gateway answers when it continues.
func TestFaults(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "films"))
	g := Start(t, Config{Programs: []string{o.address()}})
	client := g.Client(t, nil)
	url := g.URL + "/2.0/movies"
	get(t, client, url)
	g.Kill()
	if r, err := exchange(t, client, http.MethodGet, url, ""); err == nil {
		t.Errorf("a killed gateway answers %d %s", r.StatusCode, r.body)
	}
	g.Restart()
	if r := get(t, client, url); r.body != "films" {
		t.Errorf("a restarted gateway answers %d %s, want films", r.StatusCode, r.body)
	}
	g.Stop()
	hasty := *client
	hasty.Timeout = 300 * time.Millisecond
	if r, err := exchange(t, &hasty, http.MethodGet, url, ""); err == nil {
		t.Errorf("a frozen gateway answers %d %s", r.StatusCode, r.body)
	}
	g.Continue()
	if r := get(t, client, url); r.body != "films" {
		t.Errorf("a continued gateway answers %d %s, want films", r.StatusCode, r.body)
	}
}

// With Uncached, each answer comes from a process.
func TestUncached(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "films"))
	g := Start(t, Config{Programs: []string{o.address()}, Uncached: true})
	client := g.Client(t, nil)
	for range 3 {
		get(t, client, g.URL+"/2.0/movies")
	}
	if n := len(o.requests()); n != 3 {
		t.Errorf("the process got %d requests, want 3", n)
	}
}
