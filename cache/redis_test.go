package cache

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"marquee/deploy/devstack"
)

// The limits of tests: patient ones where the test is not about them, since a busy
// machine exceeds those of the product now and then.
var (
	patient = limits{10 * time.Second, 10 * time.Second}
	hasty   = limits{readDeadline, writeDeadline}
)

// openRedis has the process's connections of one test.
func openRedis(t testing.TB, address, prefix string, l limits) *Redis {
	t.Helper()
	s, err := newRedis(address, prefix, slog.New(slog.DiscardHandler), l)
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

// sharing opens a process that shares what it stores.
func newSharingHouse(t testing.TB, c *catalogue, address, prefix string) *house {
	t.Helper()
	level := openRedis(t, address, prefix, patient)
	return newHouse(t, c, func(c *Config) { c.Shared = level })
}

func TestRedisAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address, addrs string
		db             int
		tls, cluster   bool
	}{
		{address: "redis://localhost", addrs: "localhost:6379"},
		{address: "redis://u:p@one:1/3", addrs: "one:1", db: 3},
		{address: "rediss://one:1", addrs: "one:1", tls: true},
		{address: "redis://one:1, redis://two:2", addrs: "one:1 two:2"},
		{address: "redis://one:1?cluster=true", addrs: "one:1", cluster: true},
	} {
		o, err := redisOptions(c.address)
		if err != nil {
			t.Errorf("%s: %v", c.address, err)
			continue
		}
		if strings.Join(o.Addrs, " ") != c.addrs || o.DB != c.db || (o.TLSConfig != nil) != c.tls || o.IsClusterMode != c.cluster {
			t.Errorf("%s: %v, database %d, TLS %v, cluster %v", c.address, o.Addrs, o.DB, o.TLSConfig != nil, o.IsClusterMode)
		}
	}
	for _, address := range []string{"", "localhost:6379", "http://one", "redis://one/x", "redis://one?nonsense=1", "redis://one/1?cluster=true", "redis://one/1,redis://two/1", "redis://user:secret@%zz"} {
		_, err := OpenRedis(address, "", slog.New(slog.DiscardHandler))
		if err == nil {
			t.Errorf("%q is taken", address)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error shows the password: %v", address, err)
		}
	}
}

// A server that says something costs no time, whatever it says.
func TestAnsweredErrorsAreNoFailures(t *testing.T) {
	t.Parallel()
	s := openRedis(t, devstack.Redis(t), devstack.RedisPrefix(t), patient)
	if err := s.Client().LPush(t.Context(), s.key("response", "/film"), "a list").Err(); err != nil {
		t.Fatal(err)
	}
	_, err := s.get(t.Context(), "/film")
	if err == nil || !answered(err) || !answered(nil) || !answered(redis.Nil) {
		t.Errorf("an error of the server counts as a failure: %v", err)
	}
	if answered(context.DeadlineExceeded) {
		t.Error("a deadline counts as an answer")
	}
}

func TestProcessesShare(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	one, two := newSharingHouse(t, c, address, prefix), newSharingHouse(t, c, address, prefix)
	one.put("film", long)
	missed := one.get("/film", "Accept-Encoding", "gzip")
	one.events.await(t, SharedWritten, 1)

	hit := two.get("/film", "Accept-Encoding", "gzip")
	if a, b := see(missed), see(hit); a.Body != b.Body || a.Header.Get("Etag") != b.Header.Get("Etag") || len(a.Header) != len(b.Header) {
		t.Errorf("%v %v", a.Header, b.Header)
	}
	if got := hit.Header.Get("Cache-Status"); !strings.HasSuffix(got, "; detail=SHARED") || hit.Header["Age"] == nil {
		t.Errorf("the cache says %q", got)
	}
	for _, name := range codingNames[:codings] { // all forms came along
		two.get("/film", "Accept-Encoding", name)
	}
	if f, made := two.memory.get("/film").form(brotliCoding); f == nil || made {
		t.Error("a form was made anew")
	}
	if two.origin.count() != 0 {
		t.Errorf("the second process read %d times", two.origin.count())
	}

	// A write on the second: the first one's copy betrays itself there.
	two.put("film", "new")
	two.expect(t, "/film", "new", "fwd=stale; stored; detail=TOUCHED")
	two.events.await(t, SharedWritten, 1)
	one.tail.follow(c.version())
	one.expect(t, "/film", "new", "hit; ttl=")
	if one.origin.count() != 1 {
		t.Errorf("the first process read %d times", one.origin.count())
	}
}

// What another process stored is as unchecked as what this one did, while this one
// cannot read the log.
func TestUncheckedIsSaidOfShared(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	one, two := newSharingHouse(t, c, address, prefix), newSharingHouse(t, c, address, prefix)
	one.put("film", "one")
	one.get("/film")
	one.events.await(t, SharedWritten, 1)
	one.put("film", "two")
	two.tail.lose(true) // it was frozen, say, and has read nothing since
	if r := two.get("/film"); r.Body != "one" || !strings.HasSuffix(r.Header.Get("Cache-Status"), "; detail=UNCHECKED") {
		t.Errorf("%q, and the cache says %q", r.Body, r.Header.Get("Cache-Status"))
	}
	two.tail.lose(false)
	two.tail.follow(c.version())
	two.expect(t, "/film", "two", "fwd=stale; stored; detail=TOUCHED")
}

// What lies in Redis and is no entry of this target is a miss.
func TestForeignValues(t *testing.T) {
	t.Parallel()
	s := newSharingHouse(t, newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t))
	s.put("film", "one")
	key, client := s.shared.key("response", "/film"), s.shared.Client()
	for n, value := range []string{"nonsense", strings.Repeat("x", maxEnvelope+10), "mqr\x02\x00\x00\x00\x00"} {
		if err := client.Set(t.Context(), key, value, time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		s.memory.drop("/film")
		s.expect(t, "/film", "one", "fwd=uri-miss; stored")
		s.events.await(t, SharedInvalid, n+1)
		s.events.await(t, SharedWritten, n+1)
	}
	if err := client.Del(t.Context(), key).Err(); err != nil {
		t.Fatal(err)
	}
	if err := client.LPush(t.Context(), key, "a list").Err(); err != nil {
		t.Fatal(err)
	}
	s.memory.drop("/film")
	s.expect(t, "/film", "one", "fwd=uri-miss; stored")
}

// An entry that many hits have checked far beyond its version is stored again,
// so that a process which knows only the end of the log can use it.
func TestCheckedFarIsStoredAgain(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	one := newSharingHouse(t, c, address, prefix)
	one.put("film", "one")
	one.get("/film")
	one.events.await(t, SharedWritten, 1)
	for n := range checkedFar {
		one.put("other", fmt.Sprint(n))
		one.expect(t, "/film", "one", "hit")
	}
	if got := one.events.count(SharedWritten); got != 1 {
		t.Errorf("written %d times after %d versions", got, checkedFar)
	}
	last := one.put("other", "last")
	one.expect(t, "/film", "one", "hit")
	one.events.await(t, SharedWritten, 2)
	two := newSharingHouse(t, c, address, prefix)
	two.tail.floor = last
	two.expect(t, "/film", "one", "hit")
}

// fault is something that happens to the Redis of a process.
type fault struct {
	name           string
	begin, recover func(t *testing.T, f *faulty)
	reads          bool // what is stored can still be read
}

// faulty is a Redis behind a proxy, which a test may do anything to.
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

// Whatever happens to Redis, requests are answered, hot ones as fast as ever and
// others not much later; and when it is over, the levels work as before.
func TestFaultsOfRedis(t *testing.T) {
	t.Parallel()
	for _, c := range faultTable {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, address := startFaulty(t)
			catalogue := newCatalogue()
			s, other := newHastyHouse(t, catalogue, address), newHastyHouse(t, catalogue, address)
			s.put("film", "one")
			s.get("/film")
			s.shares(t, other)

			c.begin(t, f)
			slow := 0
			for n := range 2 * breakAfter {
				key := fmt.Sprintf("cold%d", n)
				s.put(key, "x")
				start := time.Now()
				s.expect(t, "/"+key, "x", "fwd=uri-miss; stored")
				if time.Since(start) > time.Second { // several times two deadlines
					slow++
				}
				s.expect(t, "/film", "one", "hit; ttl=")
			}
			if slow > 2 { // a busy machine may hold up one or two
				t.Errorf("%d of %d cold requests took more than a second", slow, 2*breakAfter)
			}

			if c.reads {
				s.finds(t, "/film")
			}
			c.recover(t, f)
			s.shares(t, other)
		})
	}
}

// newHastyHouse opens a process with the limits of the product.
func newHastyHouse(t *testing.T, c *catalogue, address string) *house {
	t.Helper()
	level := openRedis(t, address, "a:", hasty)
	return newHouse(t, c, func(c *Config) { c.Shared = level })
}

// finds asks until what it has lost from memory comes from Redis: on a busy machine a
// call may run out of its time.
func (s *house) finds(t *testing.T, target string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for found := s.events.count(HitShared); s.events.count(HitShared) == found; <-tick.C {
		if t.Context().Err() != nil {
			t.Fatal("nothing is found in Redis")
		}
		s.memory.drop(target)
		s.get(target)
	}
}

// shares asks for new things until another process finds one of them in Redis.
func (s *house) shares(t *testing.T, other *house) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	found := other.events.count(HitShared)
	for n := 0; other.events.count(HitShared) == found; n++ {
		if n > 400 {
			t.Fatal("another process finds nothing in Redis after 20 s")
		}
		key := fmt.Sprintf("new%d", s.catalogue.version())
		other.tail.follow(s.put(key, "x"))
		s.expect(t, "/"+key, "x", "fwd=uri-miss; stored")
		<-tick.C
		other.get("/" + key)
	}
}

func TestBreakerStopsCalls(t *testing.T) {
	t.Parallel()
	f, address := startFaulty(t)
	s := openRedis(t, address, "", hasty)
	f.Stop()
	for range breakAfter {
		if _, err := s.get(t.Context(), "/film"); err == nil {
			t.Fatal("a hung Redis answered")
		}
	}
	start := time.Now()
	for range 1000 {
		if _, err := s.get(t.Context(), "/film"); err == nil {
			t.Fatal("a hung Redis answered")
		}
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("1,000 calls of a Redis that is known to hang took %s", took)
	}
	f.Continue()
}

// Not parallel: it looks at the goroutines of the process.
func TestCloseLeavesNothing(t *testing.T) {
	address := devstack.Redis(t)
	before := goleak.IgnoreCurrent()
	level, err := OpenRedis(address, devstack.RedisPrefix(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s := newHouse(t, newCatalogue(), func(c *Config) { c.Shared = level })
	s.origin.lifetimes.Fresh = 0 // every hit refreshes behind
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
