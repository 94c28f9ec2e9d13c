package shared

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"marquee/deploy/devstack"
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

func TestLease(t *testing.T) {
	t.Parallel()
	s := open(t, devstack.Redis(t), devstack.RedisPrefix(t), 10*time.Second)
	ctx := t.Context()
	var held *Lease
	var target string
	withinLease(t, func() error {
		target = "/" + rand.Text()
		held = s.acquired(t, target)
		if other, _, err := s.tryAcquire(ctx, target); other != nil || err != nil {
			return fmt.Errorf("the second gets %v, %w", other, err)
		}
		if life, err := s.Client().PTTL(ctx, s.key("lease", target)).Result(); err != nil || life <= 0 || life > leaseLife {
			return fmt.Errorf("the lease lives %s, %w", life, err)
		}
		return nil
	})
	s.acquired(t, "/other")
	// It runs out, and is another's: the first holder leaves it alone.
	key := s.key("lease", target)
	if err := s.Client().Set(ctx, key, "another", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	if err := held.Release(ctx); err != nil {
		t.Error(err)
	}
	if got, err := s.Client().Get(ctx, key).Result(); err != nil || got != "another" {
		t.Errorf("the other's lease is %q, %v", got, err)
	}
}

// acquired acquires a lease that no process holds.
func (s *Redis) acquired(t *testing.T, target string) *Lease {
	t.Helper()
	held, encoded, err := s.tryAcquire(t.Context(), target)
	if held == nil || len(encoded) > 0 || err != nil {
		t.Fatalf("acquire the lease of %s: %v, %q, %v", target, held, encoded, err)
	}
	return held
}
