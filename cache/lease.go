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
	// leaseLife is how long a process that died keeps others waiting at most, and
	// how long one waits for another that does not; a read that takes longer is made
	// twice.
	leaseLife = 2 * time.Second
	// leasePoll is the mean of the first pause between two attempts to take a lease,
	// and the last is leasePollMost: most reads take less than 50 ms, and those that
	// take long are not asked after by everybody all the time.
	leasePoll, leasePollMost = 10 * time.Millisecond, 80 * time.Millisecond
)

// lease is the right to read a target from the origin, which the other
// processes leave to its holder for a while. It saves reads and guards nothing:
// two holders only read twice.
type lease struct {
	redis         *Redis
	target, token string
}

// claim takes the lease of a target, nil when it is held, and looks for an
// envelope of the target after that, in one round trip. Whoever gives a lease back
// has stored before, so a lease without an envelope is one to read with. With an
// error there is a lease, too: a call without an answer may have taken it.
func (s *Redis) claim(ctx context.Context, target string) (*lease, []byte, error) {
	l := &lease{redis: s, target: target, token: rand.Text()}
	taken := false
	envelope, err := s.do(ctx, s.limits.read, func(ctx context.Context) ([]byte, error) {
		calls := s.client.Pipeline()
		set := calls.SetArgs(ctx, s.key("lease", target), l.token, redis.SetArgs{Mode: "NX", TTL: leaseLife})
		get := calls.GetRange(ctx, s.key("response", target), 0, maxEnvelope)
		_, _ = calls.Exec(ctx) // each call has its own error
		if taken = errors.Is(set.Err(), redis.Nil); !taken && set.Err() != nil {
			return nil, set.Err()
		}
		envelope, err := get.Bytes()
		if _, foreign := errors.AsType[redis.Error](err); foreign { // no text lies there: nothing that serves
			return nil, nil
		}
		return envelope, err
	})
	switch {
	case err != nil:
		return l, nil, fmt.Errorf("take a lease in redis: %w", err)
	case taken:
		return nil, envelope, nil
	}
	return l, envelope, nil
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

// claims are attempts to take a lease, with pauses between them that grow and
// vary, so that many who wait do not ask at once.
type claims struct{ pause time.Duration }

// again waits for the next attempt. False says that ctx has ended.
func (c *claims) again(ctx context.Context) bool {
	c.pause = min(max(2*c.pause, leasePoll), leasePollMost)
	timer := time.NewTimer(c.pause/2 + mathrand.N(c.pause))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
