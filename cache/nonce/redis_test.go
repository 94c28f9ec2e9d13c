package nonce_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/cache/nonce"
	"marquee/deploy/devstack"
)

// Prefixes separate the nonces of catalogues on one Redis, and each key expires.
func TestRedisKeys(t *testing.T) {
	t.Parallel()
	c := client(t, devstack.Redis(t))
	prefix := devstack.RedisPrefix(t)
	use(t, nonce.NewRedis(c, prefix+"one:", patience), "k", true)
	use(t, nonce.NewRedis(c, prefix+"two:", patience), "k", true)
	use(t, nonce.NewRedis(c, prefix+"one:", patience), "k", false)
	keys, err := c.Keys(t.Context(), prefix+"*").Result()
	if err != nil || len(keys) != 2 {
		t.Fatalf("got %d keys, error %v; want 2", len(keys), err)
	}
	for _, key := range keys {
		left, err := c.PTTL(t.Context(), key).Result()
		if err != nil || left > ttl || left < ttl-time.Minute {
			t.Errorf("%s expires in %s, error %v; want %s", key, left, err, ttl)
		}
	}
}

// Without Redis no nonce is fresh, and a request does not wait long for the error.
func TestRedisAway(t *testing.T) {
	t.Parallel()
	s := devstack.StartRedis(t)
	c := client(t, s.URL())
	r := nonce.NewRedis(c, "n:", patience)
	use(t, r, "before", true)
	refused := func(what string) {
		t.Helper()
		start := time.Now()
		if fresh, err := nonce.NewRedis(c, "n:", 0).Use(t.Context(), what, ttl); fresh || err == nil {
			t.Errorf("%s: got fresh %v, error %v; want an error", what, fresh, err)
		}
		if took := time.Since(start); took > 3*time.Second { // the client's own limit is 5 s
			t.Errorf("%s: took %s, want at most 3s", what, took)
		}
	}
	s.Stop()
	refused("frozen")
	s.Continue()
	s.Kill()
	refused("killed")
	s.Restart()
	use(t, r, "before", false)
	use(t, r, "after", true)
}

// A Redis that is full and may not evict refuses nonces.
func TestRedisFull(t *testing.T) {
	t.Parallel()
	s := devstack.StartRedis(t)
	c := client(t, s.URL())
	configure(t, c, "maxmemory-policy", "noeviction")
	configure(t, c, "maxmemory", "1")
	if fresh, err := nonce.NewRedis(c, "n:", patience).Use(t.Context(), "k", ttl); fresh || err == nil || !strings.Contains(err.Error(), "OOM") {
		t.Errorf("got fresh %v, error %v; want an error with OOM", fresh, err)
	}
}

func TestRedisCheck(t *testing.T) {
	t.Parallel()
	s := devstack.StartRedis(t)
	c := client(t, s.URL())
	r := nonce.NewRedis(c, "n:", patience)
	tests := []struct {
		memory, policy string
		evicts         bool
	}{
		{"0", "allkeys-lru", false}, // without a bound there is nothing to evict
		{"100mb", "noeviction", false},
		{"100mb", "allkeys-lru", true},
		{"100mb", "volatile-ttl", true}, // a nonce has a time to live, and may be the one that ends first
	}
	for _, test := range tests {
		configure(t, c, "maxmemory", test.memory)
		configure(t, c, "maxmemory-policy", test.policy)
		if err := r.Check(t.Context()); errors.Is(err, nonce.ErrEvicts) != test.evicts || !test.evicts && err != nil {
			t.Errorf("maxmemory %s, %s: got error %v, want evicting %v", test.memory, test.policy, err, test.evicts)
		}
	}
	if err := c.Do(t.Context(), "ACL", "SETUSER", "default", "-config").Err(); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(t.Context()); err == nil || errors.Is(err, nonce.ErrEvicts) {
		t.Errorf("without permission for CONFIG: got error %v, want another than %v", err, nonce.ErrEvicts)
	}
}

func configure(t *testing.T, c *redis.Client, name, value string) {
	t.Helper()
	if err := c.ConfigSet(t.Context(), name, value).Err(); err != nil {
		t.Fatal(err)
	}
}
