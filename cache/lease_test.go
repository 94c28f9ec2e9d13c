package cache

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"marquee/deploy/await"

	"github.com/redis/go-redis/v9"

	"marquee/cache/envelope"
	"marquee/cache/plan"
	"marquee/cache/response"
	"marquee/cache/shared"
	"marquee/deploy/devstack"
)

// leaseLife is the constant of package shared.
const leaseLife = 2 * time.Second

// 1,000 clients of two processes want a target that is not stored: one read is made.
func TestStampedeOverProcesses(t *testing.T) {
	t.Parallel()
	await.Within(t, leaseLife, func() error {
		c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
		processes := []*process{newSharingProcess(t, c, address, prefix), newSharingProcess(t, c, address, prefix)}
		processes[1].tail.follow(processes[0].put("film", long))
		var clients sync.WaitGroup
		for n := range 1000 {
			clients.Go(func() {
				if got := see(processes[n%2].get("/film")); got.Body != long {
					t.Errorf("got status %d, want the film", got.Status)
				}
			})
		}
		clients.Wait()
		if got := processes[0].origin.count() + processes[1].origin.count(); got != 1 {
			return fmt.Errorf("got %d reads, want 1", got)
		}
		return nil
	})
}

// hold acquires a lease that no process holds.
func hold(t *testing.T, s *shared.Redis, target string) *shared.Lease {
	t.Helper()
	held, err := s.Acquire(t.Context(), target, shared.Present, func(encoded []byte) bool { return len(encoded) > 0 })
	if held == nil || err != nil {
		t.Fatalf("acquire the lease of %s: %v, %v", target, held, err)
	}
	return held
}

// published is the envelope of a film that another process has read at version 1.
func published() []byte {
	p := response.New(http.StatusOK, http.Header{}, []byte("published"))
	e := envelope.Envelope{Target: "/film", Response: p, Made: time.Now().UnixNano(), Description: plan.Description{AsOf: 1, Lifetimes: usual}}
	return e.Encode()
}

// onAcquire is called before each attempt of a process to acquire a lease.
type onAcquire func()

func (f onAcquire) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (f onAcquire) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (f onAcquire) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, calls []redis.Cmder) error {
		if calls[0].Name() == "set" { // else it opens a connection
			f()
		}
		return next(ctx, calls)
	}
}

// A process that waits for a lease uses the entry that its holder publishes: while the
// holder still has it, and when it was released between two attempts.
func TestWaitingForTheHolderOfALease(t *testing.T) {
	t.Parallel()
	for _, released := range []bool{false, true} {
		await.Within(t, leaseLife, func() error {
			address, prefix := devstack.Redis(t), devstack.RedisPrefix(t)
			s, other := newSharingProcess(t, newCatalogue(), address, prefix), openRedis(t, address, prefix, patient)
			s.put("film", "one")
			held, attempts := hold(t, other, "/film"), 0
			s.shared.Client().AddHook(onAcquire(func() {
				if attempts++; attempts != 3 {
					return
				}
				if err := other.Set(t.Context(), "/film", shared.Present, published(), time.Minute); err != nil {
					t.Error(err)
				}
				if released {
					if err := held.Release(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}))
			if got := s.get("/film"); got.Body != "published" || s.origin.count() != 0 || attempts != 3 {
				return fmt.Errorf("released %v: got %q with %d reads after %d attempts", released, got.Body, s.origin.count(), attempts)
			}
			if released { // the lease that was acquired to find the entry is released as well
				if err := s.Close(t.Context()); err != nil {
					return err
				}
				if free, err := other.Acquire(t.Context(), "/film", shared.Present, func([]byte) bool { return false }); free == nil || err != nil {
					return fmt.Errorf("the lease was not released: %w", err)
				}
			}
			return nil
		})
	}
}

// When a holder releases its lease without publishing an entry that can be served, the
// next process reads.
func TestLeaseWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	await.Within(t, leaseLife, func() error {
		s := newSharingProcess(t, newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t))
		s.put("film", "one")
		s.put("film", "two") // touches the published entry
		if err := s.shared.Set(t.Context(), "/film", shared.Present, published(), time.Minute); err != nil {
			return err
		}
		held, err := s.shared.Acquire(t.Context(), "/film", shared.Present, func([]byte) bool { return false })
		if held == nil || err != nil {
			return fmt.Errorf("acquire: %v, %w", held, err)
		}
		attempts := 0
		s.shared.Client().AddHook(onAcquire(func() {
			if attempts++; attempts == 2 {
				if err := held.Release(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}))
		s.expect(t, "/film", "two", "fwd=uri-miss; stored")
		if attempts != 2 {
			return fmt.Errorf("read after %d attempts, want 2", attempts)
		}
		return nil
	})
}

// When a holder has died, others wait until its lease expires, and no longer.
func TestAbandonedLease(t *testing.T) {
	t.Parallel()
	s := newSharingProcess(t, newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t))
	s.put("film", "one")
	start := time.Now()
	hold(t, s.shared, "/film")
	s.expect(t, "/film", "one", "fwd=uri-miss; stored")
	if waited := time.Since(start); waited < leaseLife*99/100 {
		t.Errorf("waited %s, want %s", waited, leaseLife)
	}
}
