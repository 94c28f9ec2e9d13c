package nonce

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// defaultDeadline is longer than that of the cache, because no other answer
// stands in.
const defaultDeadline = 250 * time.Millisecond

// Redis remembers nonces for all processes. Every nonce is as durable as Redis:
// it needs maxmemory-policy noeviction, since all other policies may drop nonces
// before their time, and an instance of its own where the cache needs another
// policy. With an append-only file that is synced every second, a crash forgets
// those of the last second; so does a failover to a replica that lags.
type Redis struct {
	client   redis.UniversalClient
	prefix   string
	deadline time.Duration
}

// NewRedis returns nonces whose keys begin with the prefix, which has to tell
// catalogues on one Redis apart. The client's options need ContextTimeoutEnabled,
// without which the deadline ends no call, and MaxRetries -1: a repeated call
// would find the nonce that the first one left. The deadline is how long a
// request waits until it is refused; 0 is 250 ms.
func NewRedis(client redis.UniversalClient, prefix string, deadline time.Duration) *Redis {
	if deadline <= 0 {
		deadline = defaultDeadline
	}
	return &Redis{client: client, prefix: prefix, deadline: deadline}
}

// Use reports whether the key was not used within its time to live, and remembers
// it for ttl, at least 1 ms and in whole milliseconds. It is an error when Redis does not
// answer before the deadline; the key may then count as used.
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

// ErrEvicts says that Redis may drop nonces before their time, so that a request
// could be repeated.
var ErrEvicts = errors.New("redis may evict nonces")

// Check looks whether Redis keeps nonces for as long as it is told to. The error
// is a warning for the operator: ErrEvicts with the policy that is set, or that
// Redis does not say, as some hosted ones do not. Of a cluster one node is asked.
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
	return fmt.Errorf("%w: maxmemory-policy is %q, and has to be noeviction", ErrEvicts, policy)
}
