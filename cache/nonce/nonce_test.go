package nonce_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/cache/nonce"
	"marquee/deploy/devstack"
)

func TestMain(m *testing.M) { devstack.Main(m) }

const (
	ttl = 10 * time.Minute
	// patience is a deadline that a busy machine can meet.
	patience = 10 * time.Second
)

// store is a Memory or a Redis.
type store interface {
	Use(ctx context.Context, key string, ttl time.Duration) (bool, error)
}

// stores runs a test with an empty store of each kind.
func stores(t *testing.T, test func(t *testing.T, s store)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, nonce.NewMemory(1000, nil))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, nonce.NewRedis(client(t, devstack.Redis(t)), devstack.RedisPrefix(t), patience))
	})
}

func client(t *testing.T, address string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries = -1
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.DialerRetries = patience, 1
	options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = patience, patience, patience
	c := redis.NewClient(options)
	t.Cleanup(func() { c.Close() })
	return c
}

// use uses a nonce, and fails the test unless fresh is as wanted.
func use(t *testing.T, s store, key string, want bool) {
	t.Helper()
	if fresh, err := s.Use(t.Context(), key, ttl); err != nil || fresh != want {
		t.Errorf("%.20q: got fresh %v, error %v; want %v", key, fresh, err, want)
	}
}

func TestUse(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, s store) {
		long := strings.Repeat("a", 1<<20)
		for _, key := range []string{"a", "b", "A", "", "a\x00", "a b\r\n", "é", long, long + "b"} {
			use(t, s, key, true)
			use(t, s, key, false)
		}
	})
}

// Of a hundred concurrent uses of a nonce, one is fresh.
func TestUseConcurrent(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, s store) {
		var fresh atomic.Int64
		var all sync.WaitGroup
		start := make(chan struct{})
		for range 100 {
			all.Go(func() {
				<-start
				ok, err := s.Use(t.Context(), "k", ttl)
				if err != nil {
					t.Error(err)
				}
				if ok {
					fresh.Add(1)
				}
			})
		}
		close(start)
		all.Wait()
		if n := fresh.Load(); n != 1 {
			t.Errorf("got %d fresh uses of 100, want 1", n)
		}
	})
}

func TestTimeToLive(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, s store) {
		for _, ttl := range []time.Duration{0, -time.Second, time.Millisecond - 1} {
			if fresh, err := s.Use(t.Context(), "k", ttl); fresh || err == nil {
				t.Errorf("time to live %s: got fresh %v, error %v; want an error", ttl, fresh, err)
			}
		}
	})
}
