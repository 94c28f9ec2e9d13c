package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// leaseLife is how long a process that died keeps others waiting at most; a
	// read that takes longer is made twice.
	leaseLife = 2 * time.Second
	// leaseWait is how long a process waits for another one's read. Most take less
	// than 50 ms; after it, reading costs less than waiting on.
	leaseWait = 200 * time.Millisecond
	// leasePoll is the mean pause between two looks meanwhile.
	leasePoll = 10 * time.Millisecond
)

// lease is the right to read a target from the origin, which the other
// processes leave to its holder for a while. It saves reads and guards nothing:
// two holders only read twice.
type lease struct {
	redis         *Redis
	target, token string
}

// errTaken says that another process holds the lease.
var errTaken = errors.New("another process reads it")

// acquire takes the lease of a target; errTaken when it is held.
func (s *Redis) acquire(ctx context.Context, target string) (*lease, error) {
	l := &lease{redis: s, target: target, token: rand.Text()}
	_, err := s.do(ctx, s.limits.read, func(ctx context.Context) ([]byte, error) {
		return nil, s.client.SetArgs(ctx, s.key("lease", target), l.token, redis.SetArgs{Mode: "NX", TTL: leaseLife}).Err()
	})
	switch {
	case errors.Is(err, redis.Nil):
		return nil, errTaken
	case err != nil:
		return nil, fmt.Errorf("take a lease in redis: %w", err)
	}
	return l, nil
}

// compareAndDelete leaves a lease alone that has run out and is another's now.
var compareAndDelete = redis.NewScript(`if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`)

// release gives the lease back; nil has nothing to give.
func (l *lease) release(ctx context.Context) error {
	if l == nil {
		return nil
	}
	_, err := l.redis.do(ctx, l.redis.limits.read, func(ctx context.Context) ([]byte, error) {
		return nil, compareAndDelete.Run(ctx, l.redis.client, []string{l.redis.key("lease", l.target)}, l.token).Err()
	})
	if err != nil {
		return fmt.Errorf("release a lease in redis: %w", err)
	}
	return nil
}

// await looks for what the holder of a lease stores, and returns nil when that
// takes too long. The pauses vary, so that many who wait do not ask at once.
func await(ctx context.Context, look func() *entry) *entry {
	ctx, cancel := context.WithTimeout(ctx, leaseWait)
	defer cancel()
	for {
		pause := time.NewTimer(leasePoll/2 + mathrand.N(leasePoll))
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil
		case <-pause.C:
		}
		if e := look(); e != nil {
			return e
		}
	}
}
