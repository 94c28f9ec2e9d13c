package observe_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// delay is what a slow store adds to each answer: much more than a request takes.
const delay = 300 * time.Millisecond

// proxied is a store behind a proxy that can make it slow.
type proxied struct{ *toxiproxy.Proxy }

// proxy starts a proxy for the server in an environment's variable, and puts it in the
// place of the server.
func proxy(t *testing.T, e fixture.Env, variable string) proxied {
	t.Helper()
	u, err := url.Parse(e[variable])
	if err != nil {
		t.Fatal(err)
	}
	p := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), variable, "127.0.0.1:0", u.Host)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	u.Host = p.Listen
	e[variable] = u.String()
	return proxied{p}
}

// slow delays each answer of the store while f runs.
func (p proxied) slow(t *testing.T, f func()) {
	t.Helper()
	toxic := fmt.Sprintf(`{"name":"slow","type":"latency","attributes":{"latency":%d}}`, delay.Milliseconds())
	if _, err := p.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		t.Fatal(err)
	}
	defer p.Toxics.ResetToxics(t.Context())
	f()
}

// line is a line of the request log.
type line map[string]any

// spent returns the time in a part, of the request or of the read that it waited for.
func (l line) spent(of, part string) time.Duration {
	parts, _ := l[of].(map[string]any)
	took, _ := parts[part].(float64)
	return time.Duration(took)
}

// send sends a request with an id, and returns the answer and its line in the log.
func send(t *testing.T, s *fixture.Server, by fixture.Site, method, target, body, id string) (*fixture.Answer, line) {
	t.Helper()
	a, err := by.Send(t.Context(), method, target, body, "X-Request-Id", id)
	if err != nil {
		t.Error(err)
		return &fixture.Answer{}, nil
	}
	var found line
	await.Nil(t, func() error { // the line is written after the answer
		for _, l := range logLines(t, s.Stderr.String(), id) {
			if l["msg"] == "request" {
				found = l
				return nil
			}
		}
		return errors.New("no line of the request " + id)
	})
	return a, found
}

// slowest checks that a line blames one store for a request that the delay made slow.
func (l line) slowest(t *testing.T, what, store string) {
	t.Helper()
	for _, part := range []string{"postgresql", "elasticsearch", "redis"} {
		if took := l.spent("spent", part); (took >= delay) != (part == store) {
			t.Errorf("%s: got %s in %s, want the delay of %s in %s alone: %v", what, took, part, delay, store, l)
		}
	}
}

// The line of a request says which store made it slow, also for a request that waited for
// the read of another one, and for one that failed.
func TestSlowStoreIsNamed(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	database := proxy(t, e, "MARQUEE_DATABASE_URL")
	e["MARQUEE_SLOW_REQUEST"] = "200ms"
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	s.Post(t, "/2.0/movies", `{"movie":{"title":"Night Ferry"}}`)
	database.slow(t, func() {
		_, l := send(t, s, s.Public(), http.MethodGet, "/2.0/movies?year=1990..&sort=title&limit=5", "", "miss")
		l.slowest(t, "a miss", "postgresql")
		if l["target"] != "/2.0/movies?limit=5&sort=title&year=1990.." || l["level"] != "WARN" || l["cache"] != "miss" {
			t.Errorf("got the line %v, want the canonical target", l)
		}
		_, l = send(t, s, s.Site, http.MethodGet, "/2.0/movies/1", "", "bypass")
		l.slowest(t, "a read with credentials", "postgresql")
		_, l = send(t, s, s.Site, http.MethodPost, "/2.0/movies", `{"movie":{"title":"The Last Ferry"}}`, "write")
		l.slowest(t, "a write", "postgresql")
		if l["target"] != "/2.0/movies" || l["status"] != 201.0 || l.spent("spent", "log") == 0 {
			t.Errorf("got the line %v, want a write that waited for the log", l)
		}
		sharedRead(t, s)
	})
	database.Stop()
	a, l := send(t, s, s.Public(), http.MethodGet, "/2.0/movies?limit=7", "", "failed")
	if a.Status != http.StatusServiceUnavailable || l["level"] != "ERROR" || l["status"] != 503.0 || a.At(t, "meta.request_id") != "failed" || l["bytes"] != float64(len(a.Body)) {
		t.Errorf("got %+v and the line %v, want a failure under its id", a, l)
	}
}

// sharedRead sends requests for one target at once. One reads; the others' lines say how
// long they waited for it, and what it waited for.
func sharedRead(t *testing.T, s *fixture.Server) {
	t.Helper()
	var reading, waiting sync.Map
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			id := fmt.Sprint("shared-", i)
			_, l := send(t, s, s.Public(), http.MethodGet, "/2.0/movies?limit=6", "", id)
			if l["cache"] == "collapsed" {
				waiting.Store(id, l)
			} else {
				reading.Store(id, l)
			}
		})
	}
	running.Wait()
	found := 0
	waiting.Range(func(_, value any) bool {
		l, _ := value.(line)
		found++
		read, _ := l["read"].(map[string]any)
		leader, _ := reading.Load(read["request_id"])
		if leader == nil || l.spent("spent", "flight") == 0 || l.spent("read", "postgresql") < delay {
			t.Errorf("got the line %v, want the times of the read that it waited for", l)
		}
		return true
	})
	if found == 0 {
		t.Error("no request waited for another one's read")
	}
}

// Redis delays a request by no more than its deadline, and the line says so.
func TestSlowRedisIsNamed(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	redis := proxy(t, e, "MARQUEE_REDIS_URL")
	e["MARQUEE_SLOW_REQUEST"] = "1ns"
	s := fixture.Serve(t, e)
	redis.slow(t, func() {
		const deadline = 30 * time.Millisecond
		_, l := send(t, s, s.Public(), http.MethodGet, "/2.0/movies?limit=5", "", "slow")
		if took := l.spent("spent", "redis"); took < deadline {
			t.Errorf("got %s in Redis, want its deadline of %s: %v", took, deadline, l)
		}
	})
}

// A slow search index is named, and a wait for its version, too.
func TestSlowIndexIsNamed(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	index := proxy(t, e, "MARQUEE_ELASTICSEARCH_URL")
	e["MARQUEE_SLOW_REQUEST"] = "1ns"
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	fixture.Ferries(t, s.Site)
	s.AwaitIndex(t)
	index.slow(t, func() {
		_, l := send(t, s, s.Public(), http.MethodGet, "/2.0/movies?q=ferry&limit=7", "", "slow")
		l.slowest(t, "a search", "elasticsearch")
		written := s.Post(t, "/2.0/movies", `{"movie":{"title":"Another Ferry"}}`)
		a, err := s.Public().Send(t.Context(), http.MethodGet, "/2.0/movies?q=ferry&limit=8", "", "X-Request-Id", "version", "Min-Version", written.Header.Get("Catalogue-Version"))
		if err != nil || a.Status != http.StatusOK {
			t.Errorf("got %+v, %v, want 200", a, err)
		}
		if l := line(logLines(t, s.Stderr.String(), "version")[0]); l.spent("spent", "index") == 0 {
			t.Errorf("got the line %v, want a wait for the index", l)
		}
	})
}
