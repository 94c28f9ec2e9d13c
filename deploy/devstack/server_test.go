package devstack_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"marquee/deploy/devstack"
)

// briefly is how long a test waits for an answer that must not come. Answers on loopback take far less.
const briefly = 300 * time.Millisecond

// Each test has its own database, which is empty whatever other tests left.
func TestRedis(t *testing.T) {
	t.Parallel()
	key := devstack.RedisPrefix(t) + "title"
	for _, title := range []string{"Alien", "Heat"} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			client := redisClient(t, devstack.Redis(t))
			if err := client.Get(t.Context(), key).Err(); !errors.Is(err, redis.Nil) {
				t.Fatalf("before SET: %v", err)
			}
			if err := client.Set(t.Context(), key, title, 0).Err(); err != nil {
				t.Fatal(err)
			}
			if got, err := client.Get(t.Context(), key).Result(); got != title || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func redisClient(t *testing.T, address string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries = -1
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

// store is a server with a client that writes a value and finds it again.
type store struct {
	server *devstack.Server
	put    func(ctx context.Context) error
	has    func(ctx context.Context) (bool, error)
}

func TestFaultsRedis(t *testing.T) {
	t.Parallel()
	s := devstack.StartRedis(t)
	client := redisClient(t, s.URL())
	testFaults(t, store{
		server: s,
		put:    func(ctx context.Context) error { return client.Set(ctx, "title", "Heat", 0).Err() },
		has: func(ctx context.Context) (bool, error) {
			n, err := client.Exists(ctx, "title").Result()
			return n == 1, err
		},
	})
}

func TestFaultsElasticsearch(t *testing.T) {
	t.Parallel()
	s := devstack.StartElasticsearch(t)
	do := func(ctx context.Context, method, path, body string) (int, error) {
		r, err := http.NewRequestWithContext(ctx, method, s.URL()+path, strings.NewReader(body))
		if err != nil {
			return 0, err
		}
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err
		}
		return response.StatusCode, response.Body.Close()
	}
	testFaults(t, store{
		server: s,
		put: func(ctx context.Context) error {
			status, err := do(ctx, http.MethodPut, "/movies/_doc/1", `{"title": "Heat"}`)
			if err == nil && status != http.StatusCreated {
				err = errors.New(http.StatusText(status))
			}
			return err
		},
		has: func(ctx context.Context) (bool, error) {
			status, err := do(ctx, http.MethodGet, "/movies/_doc/1", "")
			return status == http.StatusOK, err
		},
	})
}

func TestFaultsPostgres(t *testing.T) {
	t.Parallel()
	s := devstack.StartPostgres(t)
	query := func(ctx context.Context, do func(*pgx.Conn) error) error {
		conn, err := pgx.Connect(ctx, s.URL())
		if err != nil {
			return err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		return do(conn)
	}
	testFaults(t, store{
		server: s,
		put: func(ctx context.Context) error {
			return query(ctx, func(conn *pgx.Conn) error {
				_, err := conn.Exec(ctx, "CREATE TABLE movies (title text)")
				return err
			})
		},
		has: func(ctx context.Context) (found bool, err error) {
			err = query(ctx, func(conn *pgx.Conn) error {
				return conn.QueryRow(ctx, "SELECT to_regclass('movies') IS NOT NULL").Scan(&found)
			})
			return found, err
		},
	})
}

// testFaults applies every fault to a server.
func testFaults(t *testing.T, s store) {
	t.Helper()
	has := func(limit time.Duration) (bool, error) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		return s.has(ctx)
	}
	expect := func(when string, want bool) {
		t.Helper()
		if got, err := has(requestLimit); got != want || err != nil {
			t.Fatalf("%s: found %t, error %v, want %t", when, got, err, want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), requestLimit)
	defer cancel()
	if err := s.put(ctx); err != nil {
		t.Fatal(err)
	}
	expect("at first", true)
	s.server.Stop()
	var timeout interface{ Timeout() bool }
	if _, err := has(briefly); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Fatalf("stopped: error %v, want a timeout", err)
	}
	s.server.Continue()
	expect("continued", true)
	url := s.server.URL()
	s.server.Kill()
	if _, err := has(requestLimit); !errors.Is(err, syscall.ECONNREFUSED) {
		// A client may first notice the end of its old connection.
		if _, err := has(requestLimit); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("killed: error %v, want a refused connection", err)
		}
	}
	s.server.Restart()
	expect("restarted", true)
	s.server.Stop()
	s.server.RestartEmpty()
	expect("restarted empty", false)
	if s.server.URL() != url {
		t.Errorf("address %s after faults, want %s", s.server.URL(), url)
	}
}
