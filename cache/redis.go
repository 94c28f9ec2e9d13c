package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/sony/gobreaker/v2"
)

const (
	// readDeadline bounds a call that a request waits for. A healthy Redis answers
	// in less than 1 ms; 30 ms lets one pause of a garbage collector or one lost
	// packet pass, and costs less than the query that it saves.
	readDeadline = 30 * time.Millisecond
	// writeDeadline bounds a write behind requests: a mebibyte over 100 Mbit/s.
	writeDeadline = 100 * time.Millisecond
	// dialDeadline bounds making a connection, with TLS over a continent. No
	// request waits for it longer than for its call.
	dialDeadline = time.Second
	// breakAfter failures in a row, calls are not made any more.
	breakAfter = 5
	// breakFor is how long until one call tries again.
	breakFor = time.Second
)

// Redis is the level that processes share. Every call has a deadline, and after
// some failures in a row none is made for a while, so that a Redis which is
// gone, slow or hung costs requests nothing.
//
// It is a cache: Redis needs a maxmemory with the policy allkeys-lru or
// allkeys-lfu, and no persistence.
type Redis struct {
	client  redis.UniversalClient
	prefix  string
	limits  limits
	breaker *gobreaker.CircuitBreaker[[]byte]
}

// limits are how long a read and a write may take.
type limits struct{ read, write time.Duration }

// OpenRedis prepares a client and connects when it is first used. The address is
// a redis:// or rediss:// URL; several, with commas between them, or one with
// ?cluster=true, are nodes of a Redis Cluster, and the first one's credentials
// count. All keys begin with the prefix, which has to tell catalogues apart.
// Close must be called.
func OpenRedis(address, prefix string, logger *slog.Logger) (*Redis, error) {
	return newRedis(address, prefix, logger, limits{readDeadline, writeDeadline})
}

func newRedis(address, prefix string, logger *slog.Logger, l limits) (*Redis, error) {
	options, err := redisOptions(address)
	if err != nil {
		return nil, fmt.Errorf("redis address: %w", err)
	}
	options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = l.write, l.write, l.write
	s := &Redis{client: redis.NewUniversalClient(options), prefix: prefix, limits: l}
	s.breaker = gobreaker.NewCircuitBreaker[[]byte](gobreaker.Settings{
		Timeout:      breakFor,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakAfter },
		IsSuccessful: answered,
		IsExcluded:   func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			logger.Warn("the breaker of the shared cache changes", "from", from.String(), "to", to.String())
		},
	})
	return s, nil
}

// redisOptions reads one or several addresses.
func redisOptions(address string) (*redis.UniversalOptions, error) {
	var options *redis.UniversalOptions
	for one := range strings.SplitSeq(address, ",") {
		parsed, cluster, err := redisNode(strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		if options == nil {
			options = &redis.UniversalOptions{
				DB: parsed.DB, Username: parsed.Username, Password: parsed.Password, TLSConfig: parsed.TLSConfig,
				PoolSize: parsed.PoolSize, IsClusterMode: cluster,
			}
		}
		options.Addrs = append(options.Addrs, parsed.Addr)
	}
	if options.DB != 0 && (options.IsClusterMode || len(options.Addrs) > 1) {
		return nil, errors.New("a cluster has no numbered databases")
	}
	options.MaxRetries = -1 // the origin is the second try
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.DialerRetries = dialDeadline, 1
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return options, nil
}

// redisNode reads one address; cluster says that it has the parameter.
func redisNode(address string) (node *redis.Options, cluster bool, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, false, errors.New("not a URL") // the error itself would show the password
	}
	query := u.Query()
	cluster = query.Has("cluster")
	query.Del("cluster")
	u.RawQuery = query.Encode()
	if node, err = redis.ParseURL(u.String()); err != nil {
		return nil, false, err
	}
	if node.TLSConfig != nil {
		node.TLSConfig.ServerName = "" // each node of a cluster answers to its own
	}
	return node, cluster, nil
}

// answered reports whether the server said something: also an error, such as
// being full, is an answer that costs no time.
func answered(err error) bool {
	_, said := errors.AsType[redis.Error](err)
	return err == nil || said
}

// Client is the client, for limits and nonces: they have their own keys and
// their own way with failures.
func (s *Redis) Client() redis.UniversalClient { return s.client }

// Close closes the connections.
func (s *Redis) Close() error { return s.client.Close() }

// key names what belongs to a target. The version of the envelope is part of
// it, so that releases of two versions do not overwrite each other's. In a cluster,
// what is between the braces places all that belongs to a target in one node, which
// takes the calls of a pipeline in their order.
func (s *Redis) key(kind, target string) string {
	sum := sha256.Sum256([]byte(target))
	return s.prefix + kind + envelopeKey + "{" + hex.EncodeToString(sum[:16]) + "}"
}

// do makes a call under a deadline.
func (s *Redis) do(ctx context.Context, limit time.Duration, call func(ctx context.Context) ([]byte, error)) ([]byte, error) {
	return s.breaker.Execute(func() ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return call(ctx)
	})
}

// get returns the envelope of a target, nil when there is none. A range is read,
// so that whatever lies there is bounded.
func (s *Redis) get(ctx context.Context, target string) ([]byte, error) {
	b, err := s.do(ctx, s.limits.read, func(ctx context.Context) ([]byte, error) {
		return s.client.GetRange(ctx, s.key("response", target), 0, maxEnvelope).Bytes()
	})
	if err != nil {
		return nil, fmt.Errorf("get from redis: %w", err)
	}
	return b, nil
}

// set stores an envelope for a time.
func (s *Redis) set(ctx context.Context, target string, envelope []byte, life time.Duration) error {
	_, err := s.do(ctx, s.limits.write, func(ctx context.Context) ([]byte, error) {
		return nil, s.client.Set(ctx, s.key("response", target), envelope, life).Err()
	})
	if err != nil {
		return fmt.Errorf("set in redis: %w", err)
	}
	return nil
}
