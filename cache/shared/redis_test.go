package shared

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/deploy/devstack"
)

// open opens connections with a deadline for reads and writes; 0 is the default.
func open(t *testing.T, address, prefix string, deadline time.Duration) *Redis {
	t.Helper()
	s, err := Open(Config{Address: address, Prefix: prefix, ReadDeadline: deadline, WriteDeadline: deadline, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func TestParse(t *testing.T) {
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
		o, err := parse(c.address)
		if err != nil {
			t.Errorf("%s: %v", c.address, err)
			continue
		}
		if strings.Join(o.Addrs, " ") != c.addrs || o.DB != c.db || (o.TLSConfig != nil) != c.tls || o.IsClusterMode != c.cluster {
			t.Errorf("%s: got %v, database %d, TLS %v, cluster %v", c.address, o.Addrs, o.DB, o.TLSConfig != nil, o.IsClusterMode)
		}
	}
	for _, address := range []string{"", "localhost:6379", "http://one", "redis://one/x", "redis://one?nonsense=1", "redis://one/1?cluster=true", "redis://one/1,redis://two/1", "redis://user:secret@%zz"} {
		_, err := Open(Config{Address: address})
		if err == nil {
			t.Errorf("%q: got no error", address)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error shows the password: %v", address, err)
		}
	}
}

// An error of the server is an answer: it costs no time, so the breaker does not count it.
func TestErrorsOfTheServerAreAnswers(t *testing.T) {
	t.Parallel()
	s := open(t, devstack.Redis(t), devstack.RedisPrefix(t), 10*time.Second)
	if err := s.Client().LPush(t.Context(), s.key("response", "/film"), "a list").Err(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Get(t.Context(), "/film")
	if err == nil || !answered(err) || !answered(nil) || !answered(redis.Nil) {
		t.Errorf("an error of the server does not count as an answer: %v", err)
	}
	if answered(context.DeadlineExceeded) {
		t.Error("a deadline counts as an answer")
	}
}

func TestBreakerStopsCalls(t *testing.T) {
	t.Parallel()
	f := devstack.StartRedis(t)
	s := open(t, f.URL(), "", 0)
	f.Stop()
	for range breakAfter {
		if _, err := s.Get(t.Context(), "/film"); err == nil {
			t.Fatal("got an answer of a hung Redis")
		}
	}
	start := time.Now()
	for range 1000 {
		if _, err := s.Get(t.Context(), "/film"); err == nil {
			t.Fatal("got an answer of a hung Redis")
		}
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("1,000 calls with an open breaker took %s, want at most 1s", took)
	}
	f.Continue()
}
