package shared

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"marquee/deploy/await"

	"marquee/deploy/devstack"
)

func TestLease(t *testing.T) {
	t.Parallel()
	s := open(t, devstack.Redis(t), devstack.RedisPrefix(t), 10*time.Second)
	ctx := t.Context()
	var held *Lease
	var target string
	await.Within(t, leaseLife, func() error {
		target = "/" + rand.Text()
		held = s.acquired(t, target)
		if other, _, err := s.tryAcquire(ctx, target, Present); other != nil || err != nil {
			return fmt.Errorf("a second attempt: got %v, error %w; want no lease", other, err)
		}
		if life, err := s.Client().PTTL(ctx, s.key("lease", target)).Result(); err != nil || life <= 0 || life > leaseLife {
			return fmt.Errorf("the lease expires in %s, error %w", life, err)
		}
		return nil
	})
	s.acquired(t, "/other")
	// It expires and another process acquires it. The first holder does not release that.
	key := s.key("lease", target)
	if err := s.Client().Set(ctx, key, "another", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	if err := held.Release(ctx); err != nil {
		t.Error(err)
	}
	if got, err := s.Client().Get(ctx, key).Result(); err != nil || got != "another" {
		t.Errorf("the other process's lease: got %q, error %v", got, err)
	}
}

// acquired acquires a lease that no process holds.
func (s *Redis) acquired(t *testing.T, target string) *Lease {
	t.Helper()
	held, encoded, err := s.tryAcquire(t.Context(), target, Present)
	if held == nil || len(encoded) > 0 || err != nil {
		t.Fatalf("acquire the lease of %s: %v, %q, %v", target, held, encoded, err)
	}
	return held
}
