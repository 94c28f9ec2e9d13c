// Package shared is the level of the cache that processes share: entries and read
// leases in Redis. Every call has a deadline and passes a circuit breaker, so that a
// Redis that is gone, slow or hung costs requests nothing.
package shared

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"

	"marquee/cache/envelope"
)

const (
	// defaultReadDeadline bounds a call that a request waits for. A healthy Redis
	// answers in less than 1 ms. 30 ms allows for a pause of a garbage collector or a
	// lost packet, and costs less than the query that it saves.
	defaultReadDeadline = 30 * time.Millisecond
	// defaultWriteDeadline bounds a write in the background: a mebibyte over 100
	// Mbit/s.
	defaultWriteDeadline = 100 * time.Millisecond
	// dialDeadline bounds making a connection, with TLS across a continent. No request
	// waits for it longer than for its call.
	dialDeadline = time.Second
	// breakAfter is how many failures in a row open the breaker.
	breakAfter = 5
	// breakFor is how long the breaker stays open until one call tries again.
	breakFor = time.Second
)

// Config says which Redis to use, and how.
type Config struct {
	// Address is a redis:// or rediss:// URL. Several, separated by commas, or one with
	// ?cluster=true, are nodes of a Redis Cluster. Its credentials come from the first
	// address.
	Address string
	// Prefix begins every key. It must differ between catalogues on one Redis.
	Prefix string
	// ReadDeadline bounds a call that a request waits for; 0 is 30 ms. WriteDeadline
	// bounds a write in the background; 0 is 100 ms.
	ReadDeadline, WriteDeadline time.Duration
	Logger                      *slog.Logger
}

// Redis holds the connections. Redis is used as a cache: it needs a maxmemory with
// the policy allkeys-lru or allkeys-lfu, and no persistence.
type Redis struct {
	client                      redis.UniversalClient
	prefix                      string
	readDeadline, writeDeadline time.Duration
	breaker                     *gobreaker.CircuitBreaker[[]byte]
}

// Open prepares the connections, which are made on first use. Close must be called.
func Open(c Config) (*Redis, error) {
	options, err := parse(c.Address)
	if err != nil {
		return nil, fmt.Errorf("redis address: %w", err)
	}
	s := &Redis{prefix: c.Prefix, readDeadline: c.ReadDeadline, writeDeadline: c.WriteDeadline}
	if s.readDeadline <= 0 {
		s.readDeadline = defaultReadDeadline
	}
	if s.writeDeadline <= 0 {
		s.writeDeadline = defaultWriteDeadline
	}
	options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = s.writeDeadline, s.writeDeadline, s.writeDeadline
	s.client = redis.NewUniversalClient(options)
	s.breaker = gobreaker.NewCircuitBreaker[[]byte](gobreaker.Settings{
		Timeout:      breakFor,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= breakAfter },
		IsSuccessful: answered,
		IsExcluded:   func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			c.Logger.Warn("the breaker of the shared cache changes", "from", from.String(), "to", to.String())
		},
	})
	return s, nil
}

// answered reports whether the server answered. An error of the server, such as being
// out of memory, is an answer: it costs no time.
func answered(err error) bool {
	_, answer := errors.AsType[redis.Error](err)
	return err == nil || answer
}

// Client returns the client, for rate limits and nonces. They have their own keys,
// and handle failures in their own way.
func (s *Redis) Client() redis.UniversalClient { return s.client }

// Resting reports whether the breaker is open, so that no call is made. Within a
// second one call tries again.
func (s *Redis) Resting() bool { return s.breaker.State() != gobreaker.StateClosed }

// Close closes the connections.
func (s *Redis) Close() error { return s.client.Close() }

// key names a key of a target. It contains the version of the envelope, so that
// releases with different versions do not overwrite each other's entries. In a
// cluster, the part in braces puts all keys of a target on one node, which executes
// the calls of a pipeline in order.
func (s *Redis) key(kind, target string) string {
	sum := sha256.Sum256([]byte(target))
	return s.prefix + kind + keyVersion + "{" + hex.EncodeToString(sum[:16]) + "}"
}

var keyVersion = ":" + strconv.Itoa(envelope.Version) + ":"

// Kind says which entry of a target is meant. Each has a key and a lease of its own.
type Kind uint8

// The kinds.
const (
	// Present is the entry that answers now.
	Present Kind = iota
	// Prepared is an entry whose time was still to come when it was published.
	Prepared
)

// Kinds is the number of kinds.
const Kinds = Prepared + 1

// entryKeys and leaseKeys name the keys of a kind.
var (
	entryKeys = [Kinds]string{Present: "response", Prepared: "prepared"}
	leaseKeys = [Kinds]string{Present: "lease", Prepared: "prepared-lease"}
)

// do makes a call with a deadline, unless the breaker is open.
func (s *Redis) do(ctx context.Context, limit time.Duration, call func(ctx context.Context) ([]byte, error)) ([]byte, error) {
	return s.breaker.Execute(func() ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return call(ctx)
	})
}

// Get returns the envelopes of a target by kind, empty where there is none. Both come in
// one round trip.
func (s *Redis) Get(ctx context.Context, target string) (found [Kinds][]byte, err error) {
	_, err = s.do(ctx, s.readDeadline, func(ctx context.Context) ([]byte, error) {
		calls := s.client.Pipeline()
		var gets [Kinds]*redis.StringCmd
		for kind := range gets {
			gets[kind] = s.get(ctx, calls, target, Kind(kind))
		}
		_, err := calls.Exec(ctx)
		for kind, get := range gets {
			found[kind], _ = get.Bytes() // Exec has returned the first error
		}
		return nil, err
	})
	if err != nil {
		return found, fmt.Errorf("get from redis: %w", err)
	}
	return found, nil
}

// get reads an envelope. It reads a range, which bounds the size of a foreign value.
func (s *Redis) get(ctx context.Context, calls redis.Pipeliner, target string, kind Kind) *redis.StringCmd {
	return calls.GetRange(ctx, s.key(entryKeys[kind], target), 0, envelope.MaxBytes)
}

// Set stores an envelope of a target for its lifetime.
func (s *Redis) Set(ctx context.Context, target string, kind Kind, encoded []byte, life time.Duration) error {
	_, err := s.do(ctx, s.writeDeadline, func(ctx context.Context) ([]byte, error) {
		return nil, s.client.Set(ctx, s.key(entryKeys[kind], target), encoded, life).Err()
	})
	if err != nil {
		return fmt.Errorf("set in redis: %w", err)
	}
	return nil
}
