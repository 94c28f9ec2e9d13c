package indexer_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/indexer"
	"marquee/storage"
	"marquee/storage/edit"
)

// line is a connection to a database that can fail as a network does. The database
// notices (by keepalives, which loopback does not need); the client only receives
// nothing.
type line struct {
	listener net.Listener
	url      string
	broken   atomic.Bool
	mu       sync.Mutex
	far      []net.Conn
}

func lay(t testing.TB, database string) *line {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := u.Host
	u.Host = listener.Addr().String()
	l := &line{listener: listener, url: u.String()}
	var relays sync.WaitGroup
	relays.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return // the test has ended
			}
			relays.Go(func() { l.relay(near, target) })
		}
	})
	t.Cleanup(relays.Wait)
	t.Cleanup(func() { listener.Close() })
	return l
}

// relay forwards data until the client closes the connection.
func (l *line) relay(near net.Conn, target string) {
	defer near.Close()
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer far.Close()
	l.mu.Lock()
	l.far = append(l.far, far)
	l.mu.Unlock()
	go func() {
		if _, _ = io.Copy(near, far); !l.broken.Load() {
			near.Close()
		}
	}()
	for buffer := make([]byte, 4096); ; {
		n, err := near.Read(buffer)
		if err != nil {
			return
		}
		if l.broken.Load() {
			continue
		}
		if _, err := far.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// cut drops all data that is sent from now on.
func (l *line) cut() {
	l.broken.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.far {
		c.Close()
	}
}

// takeOverLimit is many times what a takeover takes: a standby tries four times a second.
const takeOverLimit = 15 * time.Second

// When the active indexer loses the database, another one takes over within seconds,
// even before the first one notices, and nothing is lost.
func TestStandbyTakesOver(t *testing.T) {
	t.Parallel()
	s, database := openAt(t)
	f := newFake()
	way := lay(t, database)
	a := start(t, indexer.Config{Store: reopen(t, way.url), Index: f})
	bring(t, s, "file", 20)
	a.caughtUp(s)
	b := start(t, indexer.Config{Store: s, Index: f})

	way.cut()
	cut := time.Now()
	must(t, s, storage.Create, storage.Movie, "", `{"title": "While nobody leads"}`)
	b.leads()
	if took := time.Since(cut); took > takeOverLimit {
		t.Errorf("no indexer led for %v, want at most %v", took, takeOverLimit)
	}
	b.caughtUp(s)
	agree(t, s, f)

	way.broken.Store(false)
	b.stop()
	must(t, s, storage.Create, storage.Movie, "", `{"title": "For the first to carry over again"}`)
	a.caughtUp(s)
	agree(t, s, f)
	if n := a.Stats().Rebuilds + b.Stats().Rebuilds; n != 1 {
		t.Errorf("%d indices were built, want 1", n)
	}
}

// busy is an Elasticsearch that refuses the first bulk requests in all the ways of a
// busy cluster: as a whole, and item by item.
func busy(t testing.TB) (server *httptest.Server, refused *atomic.Int64) {
	t.Helper()
	target, err := url.Parse(devstack.Elasticsearch(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	refused = new(atomic.Int64)
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/_bulk") {
			proxy.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		const reason = `{"type": "es_rejected_execution_exception", "reason": "the queue is full"}`
		switch refused.Add(1) {
		case 1:
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprintf(w, `{"error": %s, "status": 429}`, reason)
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"error": {"type": "cluster_block_exception", "reason": "no master"}, "status": 503}`)
		case 3:
			items := strings.Repeat(`{"index": {"status": 429, "error": `+reason+`}},`, bytes.Count(body, []byte(`"external_gte"`)))
			fmt.Fprintf(w, `{"errors": true, "items": [%s]}`, strings.TrimSuffix(items, ","))
		default:
			refused.Add(-1)
			r.Body = io.NopCloser(bytes.NewReader(body))
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server, refused
}

// Operations that a busy Elasticsearch refuses are sent again, and none becomes a dead
// letter.
func TestBusyElasticsearchGetsEverything(t *testing.T) {
	t.Parallel()
	prefix := devstack.IndexPrefix(t)
	server, refused := busy(t)
	s := open(t)
	bring(t, s, "file", 100)
	x := start(t, indexer.Config{Store: s, Index: openElastic(t, server.URL, prefix+"a", nil), Prefix: prefix + "a-"})
	x.caughtUp(s)
	verified(t, x)
	if st := x.Stats(); refused.Load() != 3 || st.Retries != 3 || st.Dead != 0 || st.Rebuilds != 1 {
		t.Errorf("after %d refusals: got %+v, want 3 retries, no dead letters, one rebuild", refused.Load(), st)
	}
}

// An indexer replaces an index of another release when it starts, while searches use
// the old one.
func TestIndexOfAnotherReleaseIsReplaced(t *testing.T) {
	t.Parallel()
	prefix := devstack.IndexPrefix(t)
	s := open(t)
	c := openElastic(t, devstack.Elasticsearch(t), prefix+"a", nil)
	config := indexer.Config{Store: s, Index: c, Prefix: prefix + "a-"}
	bring(t, s, "file", 100)
	x := start(t, config)
	x.caughtUp(s)
	x.stop()
	old, err := c.Alias(await.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(await.Context(t), http.MethodPut, devstack.Elasticsearch(t)+"/"+old+"/_mapping",
		strings.NewReader(`{"_meta": {"mapping": "another release"}}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response, err)
	}
	response.Body.Close()

	x = start(t, config)
	x.until("it is replaced", func() bool {
		alias, err := c.Alias(await.Context(t))
		return err == nil && alias != old && caughtUp(t, s, c)
	})
	verified(t, x)
	x.stop()
	x = start(t, config)
	must(t, s, storage.Create, storage.Movie, "", `{"title": "Nothing to replace"}`)
	x.caughtUp(s)
	if n := x.Stats().Rebuilds; n != 0 {
		t.Errorf("rebuilt %d times with the same mapping, want 0", n)
	}
}

// editor creates, changes and deletes movies at a rate until it is stopped, and counts
// its writes.
func editor(t *testing.T, write func(op storage.Operation, id, body string) *edit.Written, perSecond int) (written *atomic.Int64, stop func()) {
	ctx, cancel := context.WithCancel(await.Context(t))
	var loop sync.WaitGroup
	written = new(atomic.Int64)
	loop.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		var made []string
		for ; ctx.Err() == nil; written.Add(1) {
			n, last := written.Load(), len(made)-1
			switch n % 5 {
			case 3:
				write(storage.Update, made[last], fmt.Sprintf(`{"description": "Changed by write %d"}`, n))
			case 4:
				write(storage.Delete, made[last], "")
				made = made[:last]
			default:
				made = append(made, write(storage.Create, "", fmt.Sprintf(`{"title": "Live %d", "starring": [{"name": "Ann"}]}`, n)).Object.ID)
			}
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	})
	return written, func() { cancel(); loop.Wait() }
}

// restless is a store that is written to after every read of the log.
type restless struct {
	Store
	write func()
}

func (r restless) Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error) {
	defer r.write()
	return r.Store.Changes(ctx, since, limit)
}

// A rebuild ends although it finds new changes at every read of the log.
func TestRebuildEndsUnderWrites(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	bring(t, s, "file", 20)
	first := start(t, indexer.Config{Store: s, Index: f})
	first.caughtUp(s)
	writes := 0
	busy := restless{s, func() {
		writes++
		must(t, s, storage.Create, storage.Movie, "", fmt.Sprintf(`{"title": "Film %d"}`, writes))
	}}
	x := prepare(t, indexer.Config{Store: busy, Index: f})
	ctx, cancel := context.WithTimeout(await.Context(t), 30*time.Second)
	defer cancel()
	if err := x.Rebuild(ctx); err != nil || x.Stats().Rebuilds != 1 {
		t.Fatalf("after %d writes: %v, %+v", writes, err, x.Stats())
	}
	first.caughtUp(s)
	agree(t, s, f)
}

// A rebuild in Elasticsearch loses none of 50 writes a second: the new index has every
// creation, change and deletion.
func TestElasticsearchRebuiltUnderWrites(t *testing.T) {
	t.Parallel()
	prefix := devstack.IndexPrefix(t)
	s := open(t)
	c := openElastic(t, devstack.Elasticsearch(t), prefix+"a", nil)
	config := indexer.Config{Store: s, Index: c, Prefix: prefix + "a-"}
	bring(t, s, "file", 1500)
	x := start(t, config)
	x.caughtUp(s)
	before := x.Stats().Version
	written, stop := editor(t, func(op storage.Operation, id, body string) *edit.Written {
		return must(t, s, op, storage.Movie, id, body)
	}, 50)
	tool := prepare(t, config) // like the command, which is another process
	rebuilds := 0
	for ; rebuilds < 2 || rebuilds < 20 && written.Load() < 20; rebuilds++ {
		if err := tool.Rebuild(await.Context(t)); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if n, counted := written.Load(), tool.Stats().Rebuilds; n < 20 || int(counted) != rebuilds {
		t.Errorf("got %d writes and %d counted rebuilds, want at least 20 and %d", n, counted, rebuilds)
	}
	x.caughtUp(s)
	verified(t, x)
	if st := x.Stats(); st.Version <= before || st.Dead != 0 || st.Rebuilds > 1 {
		t.Errorf("got %+v, want a version after %d, no dead letters, at most one rebuild", st, before)
	}
}
