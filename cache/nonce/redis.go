package nonce

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// defaultDeadline is longer than the cache's deadline, because there is no fallback.
const defaultDeadline = 250 * time.Millisecond

// Redis remembers nonces for all processes. It needs maxmemory-policy noeviction, since
// all other policies may drop nonces before they expire, and an instance of its own
// where the cache needs another policy. Nonces are as durable as Redis: with an
// append-only file that is synced every second, a crash loses the nonces of the last
// second. So does a failover to a replica that lags.
type Redis struct {
	client   redis.UniversalClient
	prefix   string
	deadline time.Duration
}

// NewRedis returns nonces whose keys begin with the prefix, which must differ between
// catalogues on one Redis. The client's options need ContextTimeoutEnabled, without which
// the deadline ends no call, and MaxRetries -1, since a repeated call would find the
// nonce of the first one. The deadline is how long a request waits before it is refused;
// 0 is 250 ms.
func NewRedis(client redis.UniversalClient, prefix string, deadline time.Duration) *Redis {
	if deadline <= 0 {
		deadline = defaultDeadline
	}
	return &Redis{client: client, prefix: prefix, deadline: deadline}
}

// Use reports whether the key was not used within its time to live, and remembers it
// for ttl, at least 1 ms and in whole milliseconds. When Redis does not answer before
// the deadline that is an error, and the key may count as used.
func (r *Redis) Use(ctx context.Context, key string, ttl time.Duration) (fresh bool, err error) {
	d, err := checked(key, ttl)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.deadline)
	defer cancel()
	name := r.prefix + base64.RawURLEncoding.EncodeToString(d[:])
	err = r.client.SetArgs(ctx, name, "", redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	switch {
	case errors.Is(err, redis.Nil):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("use a nonce: %w", err)
	}
	return true, nil
}

// ErrEvicts reports that Redis may drop nonces before they expire, so that a request
// could be repeated.
var ErrEvicts = errors.New("redis may evict nonces")

// Check reports whether Redis stores nonces until they expire. The error is a warning
// for the operator: ErrEvicts with the policy that is set, or that Redis does not return
// its settings, as some hosted services do not. In a cluster, one node is asked.
func (r *Redis) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.deadline)
	defer cancel()
	settings, err := r.client.ConfigGet(ctx, "maxmemory*").Result()
	if err != nil {
		return fmt.Errorf("ask redis whether it evicts nonces: %w", err)
	}
	policy := settings["maxmemory-policy"]
	if settings["maxmemory"] == "0" || policy == "noeviction" {
		return nil
	}
	return fmt.Errorf("%w: maxmemory-policy is %q, and must be noeviction", ErrEvicts, policy)
}
