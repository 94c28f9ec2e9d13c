package shared

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/cache/timing"
)

const (
	// leaseLife is how long a process that died keeps its leases, and how long a
	// process waits for another one's lease. A read that takes longer is made twice.
	leaseLife = 2 * time.Second
	// firstPause and lastPause are the mean pauses between two attempts to acquire a
	// lease. Most reads take less than 50 ms, and long ones should not be polled often.
	firstPause, lastPause = 10 * time.Millisecond, 80 * time.Millisecond
)

// Lease is the right to read an answer of a target from the origin. The other processes wait for
// its holder. It saves reads and protects nothing: two holders only read twice.
type Lease struct {
	redis      *Redis
	key, token string
}

// Acquire acquires the read lease of a target and kind across processes. While another process
// holds it, Acquire waits until that process publishes an envelope or the lease is
// free. Each attempt passes the envelope, which may be empty, to accept; Acquire
// returns when accept returns true, and then may have a lease as well. Without either
// the holder was too slow. With an error there is a lease, too: a call without an
// answer may have acquired it.
func (s *Redis) Acquire(ctx context.Context, target string, kind Kind, accept func(encoded []byte) bool) (*Lease, error) {
	waiting, cancel := context.WithTimeout(ctx, leaseLife)
	defer cancel()
	for pause := time.Duration(0); ; {
		lease, encoded, err := s.tryAcquire(ctx, target, kind)
		if err != nil {
			return lease, err
		}
		if accept(encoded) || lease != nil {
			return lease, nil
		}
		pause = min(max(2*pause, firstPause), lastPause)
		if !sleep(waiting, pause/2+mathrand.N(pause)) {
			return nil, nil //nolint:nilnil // the holder was too slow
		}
	}
}

// tryAcquire makes one attempt, and returns the envelope of that kind as it is after
// that. A holder publishes before it releases, so a free lease without an envelope is
// one to read with. The lease is nil when another process holds it.
func (s *Redis) tryAcquire(ctx context.Context, target string, kind Kind) (*Lease, []byte, error) {
	l := &Lease{redis: s, key: s.key(leaseKeys[kind], target), token: rand.Text()}
	held := false
	encoded, err := s.do(ctx, s.readDeadline, func(ctx context.Context) ([]byte, error) {
		calls := s.client.Pipeline()
		set := calls.SetArgs(ctx, l.key, l.token, redis.SetArgs{Mode: "NX", TTL: leaseLife})
		get := s.get(ctx, calls, target, kind)
		_, _ = calls.Exec(ctx) // each call has its own error
		if held = errors.Is(set.Err(), redis.Nil); !held && set.Err() != nil {
			return nil, set.Err()
		}
		encoded, err := get.Bytes()
		if _, foreign := errors.AsType[redis.Error](err); foreign { // the key has a value of another type
			return nil, nil
		}
		return encoded, err
	})
	switch {
	case err != nil:
		return l, nil, fmt.Errorf("acquire a lease in redis: %w", err)
	case held:
		return nil, encoded, nil
	}
	return l, encoded, nil
}

// sleep reports whether the pause ended before ctx.
func sleep(ctx context.Context, pause time.Duration) bool {
	timing.Begin(ctx, timing.Lease)
	defer timing.End(ctx, timing.Lease)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// compareAndDelete does not delete a lease that has expired and that another process
// has acquired since.
var compareAndDelete = redis.NewScript(`if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`)

// Release releases the lease; nil is none. If the server fails, the lease expires by
// itself.
func (l *Lease) Release(ctx context.Context) error {
	if l == nil {
		return nil
	}
	_, err := l.redis.do(ctx, l.redis.readDeadline, func(ctx context.Context) ([]byte, error) {
		return nil, compareAndDelete.Run(ctx, l.redis.client, []string{l.key}, l.token).Err()
	})
	if err != nil {
		return fmt.Errorf("release a lease in redis: %w", err)
	}
	return nil
}
