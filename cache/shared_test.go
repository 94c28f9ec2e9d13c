package cache

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"marquee/deploy/await"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"marquee/cache/envelope"
	"marquee/cache/shared"
	"marquee/deploy/devstack"
)

// patient is a deadline for tests that are not about deadlines: a busy machine exceeds
// the default ones now and then.
const patient = 10 * time.Second

// openRedis opens the connections of one process, with a deadline for reads and writes;
// 0 is the default.
func openRedis(t tester, address, prefix string, deadline time.Duration) *shared.Redis {
	t.Helper()
	s, err := shared.Open(shared.Config{
		Address: address, Prefix: prefix, ReadDeadline: deadline, WriteDeadline: deadline, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close redis: %v", err)
		}
	})
	return s
}

// newSharingProcess opens a process with a shared level.
func newSharingProcess(t testing.TB, c *catalogue, address, prefix string) *process {
	t.Helper()
	level := openRedis(t, address, prefix, patient)
	return newProcess(t, c, func(c *Config) { c.Shared = level })
}

func TestProcessesShare(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	one, two := newSharingProcess(t, c, address, prefix), newSharingProcess(t, c, address, prefix)
	one.put("film", long)
	missed := one.get("/film", "Accept-Encoding", "gzip")
	one.events.await(t, SharedWritten, 1)

	hit := two.get("/film", "Accept-Encoding", "gzip")
	if a, b := see(missed), see(hit); a.Body != b.Body || a.Header.Get("Etag") != b.Header.Get("Etag") || len(a.Header) != len(b.Header) {
		t.Errorf("the hit has headers %v, the miss %v", b.Header, a.Header)
	}
	if got := hit.Header.Get("Cache-Status"); !strings.HasSuffix(got, "; detail=SHARED") || hit.Header["Age"] == nil {
		t.Errorf("got Cache-Status %q", got)
	}
	if two.origin.count() != 0 {
		t.Errorf("got %d reads of the second process, want none", two.origin.count())
	}

	// A write on the second process touches the first one's entry there.
	two.put("film", "new")
	two.expect(t, "/film", "new", "fwd=stale; stored; detail=TOUCHED")
	two.events.await(t, SharedWritten, 1)
	one.tail.follow(c.version())
	one.expect(t, "/film", "new", "hit; ttl=")
	if one.origin.count() != 1 {
		t.Errorf("got %d reads of the first process, want 1", one.origin.count())
	}
}

// While a process cannot read the change log, the entries of other processes are as
// unchecked as its own.
func TestSharedEntriesAreUncheckedToo(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	one, two := newSharingProcess(t, c, address, prefix), newSharingProcess(t, c, address, prefix)
	one.put("film", "one")
	one.get("/film")
	one.events.await(t, SharedWritten, 1)
	one.put("film", "two")
	two.tail.lose(true) // for example, it was frozen
	if r := two.get("/film"); r.Body != "one" || !strings.HasSuffix(r.Header.Get("Cache-Status"), "; detail=UNCHECKED") {
		t.Errorf("got %q with Cache-Status %q, want an unchecked \"one\"", r.Body, r.Header.Get("Cache-Status"))
	}
	two.tail.lose(false)
	two.tail.follow(c.version())
	two.expect(t, "/film", "two", "fwd=stale; stored; detail=TOUCHED")
}

// A value in Redis that is not an entry of this target is a miss.
func TestForeignValues(t *testing.T) {
	t.Parallel()
	prefix := devstack.RedisPrefix(t)
	s := newSharingProcess(t, newCatalogue(), devstack.Redis(t), prefix)
	s.put("film", "one")
	client := s.shared.Client()
	s.get("/film")
	s.events.await(t, SharedWritten, 1)
	key := keys(t, client, prefix)[0]
	for n, value := range []string{"nonsense", strings.Repeat("x", envelope.MaxBytes+10), "mqr\x02\x00\x00\x00\x00"} {
		if err := client.Set(t.Context(), key, value, time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		s.memory.Drop("/film")
		s.expect(t, "/film", "one", "fwd=uri-miss; stored")
		s.events.await(t, SharedInvalid, n+1)
		s.events.await(t, SharedWritten, n+2)
	}
	if err := client.Del(t.Context(), key).Err(); err != nil {
		t.Fatal(err)
	}
	if err := client.LPush(t.Context(), key, "a list").Err(); err != nil {
		t.Fatal(err)
	}
	s.memory.Drop("/film")
	s.expect(t, "/film", "one", "fwd=uri-miss; stored")
}

// publishDistance equals the constant of package memory.
const publishDistance = 256

// keys returns the keys of entries with a prefix.
func keys(t tester, client redis.UniversalClient, prefix string) []string {
	t.Helper()
	found, err := client.Keys(context.Background(), prefix+"response:*").Result()
	if err != nil || len(found) == 0 {
		t.Fatal("no entry is published: ", err)
	}
	return found
}

// An entry whose as-of version is far ahead of the published one is published again, so
// that a process which knows only the end of the log can use it.
func TestEntryIsPublishedAgain(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	one := newSharingProcess(t, c, address, prefix)
	one.put("film", "one")
	one.get("/film")
	one.events.await(t, SharedWritten, 1)
	for n := range publishDistance {
		one.put("other", fmt.Sprint(n))
		one.expect(t, "/film", "one", "hit")
	}
	if got := one.events.count(SharedWritten); got != 1 {
		t.Errorf("got %d publications after %d versions, want 1", got, publishDistance)
	}
	last := one.put("other", "last")
	one.expect(t, "/film", "one", "hit")
	one.events.await(t, SharedWritten, 2)
	two := newSharingProcess(t, c, address, prefix)
	two.tail.floor = last
	two.expect(t, "/film", "one", "hit")
}

// fault is a failure of Redis.
type fault struct {
	name           string
	begin, recover func(t *testing.T, f *faulty)
	reads          bool // stored entries can still be read
}

// faulty is a Redis server with a proxy in front of it, for faults.
type faulty struct {
	*devstack.Server
	proxy  *toxiproxy.Proxy
	client redis.UniversalClient
}

func startFaulty(t *testing.T) (f *faulty, address string) {
	t.Helper()
	f = &faulty{Server: devstack.StartRedis(t)}
	u, err := url.Parse(f.URL())
	if err != nil {
		t.Fatal(err)
	}
	f.proxy = startProxy(t, u.Host)
	f.client = redis.NewClient(&redis.Options{Addr: u.Host})
	t.Cleanup(func() { _ = f.client.Close() })
	return f, "redis://" + f.proxy.Listen
}

func (f *faulty) configure(t *testing.T, parameter, value string) {
	t.Helper()
	if err := f.client.ConfigSet(t.Context(), parameter, value).Err(); err != nil {
		t.Fatal(err)
	}
}

var faultTable = []fault{
	{"killed", func(_ *testing.T, f *faulty) { f.Kill() }, func(_ *testing.T, f *faulty) { f.Restart() }, false},
	{"hung", func(_ *testing.T, f *faulty) { f.Stop() }, func(_ *testing.T, f *faulty) { f.Continue() }, false},
	poisoned("slow", `{"type": "latency", "attributes": {"latency": 2000}}`),
	poisoned("trickling", `{"type": "bandwidth", "stream": "upstream", "attributes": {"rate": 1}}`),
	poisoned("half open", `{"type": "timeout", "stream": "upstream", "attributes": {"timeout": 0}}`),
	poisoned("resetting", `{"type": "reset_peer", "attributes": {"timeout": 0}}`),
	{"full", func(t *testing.T, f *faulty) {
		f.configure(t, "maxmemory-policy", "noeviction")
		f.configure(t, "maxmemory", "1")
	}, func(t *testing.T, f *faulty) { f.configure(t, "maxmemory", "0") }, true},
	{"emptied", func(_ *testing.T, f *faulty) { f.RestartEmpty() }, func(*testing.T, *faulty) {}, false},
}

// During each fault of Redis, requests are answered: hits at once, misses not much later
// than usual. After the fault the shared level works as before.
func TestFaultsOfRedis(t *testing.T) {
	t.Parallel()
	for _, c := range faultTable {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, address := startFaulty(t)
			catalogue := newCatalogue()
			s, other := newHastyProcess(t, catalogue, address), newHastyProcess(t, catalogue, address)
			s.put("film", "one")
			s.get("/film")
			s.shares(t, other)

			c.begin(t, f)
			slow := 0
			const requests = 10 // twice what opens the breaker
			for n := range requests {
				key := fmt.Sprintf("cold%d", n)
				s.put(key, "x")
				start := time.Now()
				s.expect(t, "/"+key, "x", "fwd=uri-miss; stored")
				if time.Since(start) > time.Second { // several times the two deadlines
					slow++
				}
				s.expect(t, "/film", "one", "hit; ttl=")
			}
			if slow > 2 { // a busy machine may delay one or two
				t.Errorf("%d of %d misses took more than a second, want at most 2", slow, requests)
			}

			if c.reads {
				s.finds(t, "/film")
			}
			c.recover(t, f)
			s.shares(t, other)
		})
	}
}

// newHastyProcess opens a process with the deadlines of the product.
func newHastyProcess(t *testing.T, c *catalogue, address string) *process {
	t.Helper()
	level := openRedis(t, address, "a:", 0)
	return newProcess(t, c, func(c *Config) { c.Shared = level })
}

// finds drops a target from memory and asks for it until it comes from Redis: on a busy
// machine a call may exceed its deadline.
func (s *process) finds(t *testing.T, target string) {
	t.Helper()
	found := s.events.count(HitShared)
	await.True(t, "an entry to be found in Redis", func() bool {
		s.memory.Drop(target)
		s.get(target)
		return s.events.count(HitShared) > found
	})
}

// shares asks for new targets until another process finds one of them in Redis.
func (s *process) shares(t *testing.T, other *process) {
	t.Helper()
	found := other.events.count(HitShared)
	await.True(t, "another process to find an entry in Redis", func() bool {
		key := fmt.Sprintf("new%d", s.catalogue.version())
		other.tail.follow(s.put(key, "x"))
		s.expect(t, "/"+key, "x", "fwd=uri-miss; stored")
		time.Sleep(50 * time.Millisecond) // publishing takes a moment
		other.get("/" + key)
		return other.events.count(HitShared) > found
	})
}

// Not parallel: it counts the goroutines of the process.
func TestCloseLeavesNothing(t *testing.T) {
	address := devstack.Redis(t)
	before := goleak.IgnoreCurrent()
	level, err := shared.Open(shared.Config{Address: address, Prefix: devstack.RedisPrefix(t), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := newProcess(t, newCatalogue(), func(c *Config) { c.Shared = level })
	s.origin.lifetimes.Fresh = 0 // every hit refreshes in the background
	for n := range 50 {
		key := fmt.Sprintf("film%d", n%10)
		s.put(key, long)
		s.get("/" + key)
		s.get("/" + key)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := level.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
}
