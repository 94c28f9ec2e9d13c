package cache

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/deploy/devstack"

	"marquee/cache/plan"
)

// withinLease tries what has to end within the life of a lease. Where a busy machine
// takes longer, what it came to says nothing, and it is tried again from the start.
func withinLease(t *testing.T, try func() error) {
	t.Helper()
	var took time.Duration
	for range 5 {
		start := time.Now()
		err := try()
		if took = time.Since(start); took < leaseLife {
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
	t.Errorf("it never ended within %s; the last try took %s", leaseLife, took)
}

// 1,000 clients of two processes want what nobody has: one process reads.
func TestStampedeOverProcesses(t *testing.T) {
	t.Parallel()
	withinLease(t, func() error {
		c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
		houses := []*house{newSharingHouse(t, c, address, prefix), newSharingHouse(t, c, address, prefix)}
		houses[1].tail.follow(houses[0].put("film", long))
		var clients sync.WaitGroup
		for n := range 1000 {
			clients.Go(func() {
				if got := see(houses[n%2].get("/film")); got.Body != long {
					t.Errorf("status %d", got.Status)
				}
			})
		}
		clients.Wait()
		if got := houses[0].origin.count() + houses[1].origin.count(); got != 1 {
			return fmt.Errorf("%d reads", got)
		}
		return nil
	})
}

func TestLease(t *testing.T) {
	t.Parallel()
	s := openRedis(t, devstack.Redis(t), devstack.RedisPrefix(t), patient)
	ctx := t.Context()
	var held *lease
	var target string
	withinLease(t, func() error {
		target = "/" + rand.Text()
		held = s.claimed(t, target)
		if other, _, err := s.claim(ctx, target); other != nil || err != nil {
			return fmt.Errorf("the second gets %v, %w", other, err)
		}
		if life, err := s.Client().PTTL(ctx, s.key("lease", target)).Result(); err != nil || life <= 0 || life > leaseLife {
			return fmt.Errorf("the lease lives %s, %w", life, err)
		}
		return nil
	})
	s.claimed(t, "/other")
	// It runs out, and is another's: the first holder leaves it alone.
	key := s.key("lease", target)
	if err := s.Client().Set(ctx, key, "another", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	if err := held.release(ctx); err != nil {
		t.Error(err)
	}
	if got, err := s.Client().Get(ctx, key).Result(); err != nil || got != "another" {
		t.Errorf("the other's lease is %q, %v", got, err)
	}
}

// claimed takes a lease that nobody holds.
func (s *Redis) claimed(t *testing.T, target string) *lease {
	t.Helper()
	held, envelope, err := s.claim(t.Context(), target)
	if held == nil || len(envelope) > 0 || err != nil {
		t.Fatalf("claim %s: %v, %q, %v", target, held, envelope, err)
	}
	return held
}

// theirs is what another process has read of a film that nobody has changed since.
func theirs() *entry {
	p := newResponse(http.StatusOK, http.Header{}, []byte("theirs"))
	return newEntry("/film", p, plan.Description{AsOf: 1, Lifetimes: usual}, time.Now().UnixNano(), 0)
}

// onClaim is called before each attempt of a process to take a lease.
type onClaim func()

func (f onClaim) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (f onClaim) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (f onClaim) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, calls []redis.Cmder) error {
		if calls[0].Name() == "set" { // else it opens a connection
			f()
		}
		return next(ctx, calls)
	}
}

// Who finds a lease taken uses what its holder stores: when the holder still has
// it, and when it was given back between two looks.
func TestWaitingForTheHolderOfALease(t *testing.T) {
	t.Parallel()
	for _, givenBack := range []bool{false, true} {
		withinLease(t, func() error {
			address, prefix := devstack.Redis(t), devstack.RedisPrefix(t)
			s, other := newSharingHouse(t, newCatalogue(), address, prefix), openRedis(t, address, prefix, patient)
			s.put("film", "one")
			held, attempts := other.claimed(t, "/film"), 0
			s.shared.Client().AddHook(onClaim(func() {
				if attempts++; attempts != 3 {
					return
				}
				if err := other.set(t.Context(), "/film", theirs().encode(), time.Minute); err != nil {
					t.Error(err)
				}
				if givenBack {
					if err := held.release(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}))
			if got := s.get("/film"); got.Body != "theirs" || s.origin.count() != 0 || attempts != 3 {
				return fmt.Errorf("given back %v: got %q with %d reads after %d attempts", givenBack, got.Body, s.origin.count(), attempts)
			}
			if givenBack { // what was taken to find it is given back as well
				if err := s.Close(t.Context()); err != nil {
					return err
				}
				if free, _, err := other.claim(t.Context(), "/film"); free == nil || err != nil {
					return fmt.Errorf("nobody holds the lease, and it is not free: %w", err)
				}
			}
			return nil
		})
	}
}

// A holder that gives back without storing anything that serves keeps nobody: the
// next one reads.
func TestLeaseWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	withinLease(t, func() error {
		s := newSharingHouse(t, newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t))
		s.put("film", "one")
		s.put("film", "two") // touches what lies there
		if err := s.shared.set(t.Context(), "/film", theirs().encode(), time.Minute); err != nil {
			return err
		}
		held, _, err := s.shared.claim(t.Context(), "/film")
		if held == nil || err != nil {
			return fmt.Errorf("claim: %v, %w", held, err)
		}
		attempts := 0
		s.shared.Client().AddHook(onClaim(func() {
			if attempts++; attempts == 2 {
				if err := held.release(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}))
		s.expect(t, "/film", "two", "fwd=uri-miss; stored")
		if attempts != 2 {
			return fmt.Errorf("read after %d attempts", attempts)
		}
		return nil
	})
}

// A holder that died keeps nobody longer than a lease lives.
func TestAbandonedLease(t *testing.T) {
	t.Parallel()
	s := newSharingHouse(t, newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t))
	s.put("film", "one")
	start := time.Now()
	s.shared.claimed(t, "/film")
	s.expect(t, "/film", "one", "fwd=uri-miss; stored")
	if waited := time.Since(start); waited < leaseLife*99/100 {
		t.Errorf("waited %s", waited)
	}
}
