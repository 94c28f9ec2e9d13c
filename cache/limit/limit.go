// Package limit limits the rates of clients. All processes count together in Redis.
// Without Redis, and while it does not answer, each process counts for itself. A
// limiter never fails, and a request waits for it no longer than a deadline.
package limit

import (
	"context"
	"log/slog"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"

	"marquee/cache/rate"
)

const (
	// defaultDeadline equals the cache's: Redis answers in less than 1 ms, and 30 ms
	// allow for a pause or a lost packet.
	defaultDeadline = 30 * time.Millisecond
	// defaultRetryEvery is how long the breaker stays open until one request tries Redis
	// again.
	defaultRetryEvery = time.Second
	// breakAfter is how many failures in a row open the breaker.
	breakAfter = 5
	// defaultMaxKeys take about 16 MB when all are in use.
	defaultMaxKeys = 1 << 17
)

// Config says where a Limiter counts.
type Config struct {
	// Redis is where all processes count together; nil for one process alone. Its
	// options need ContextTimeoutEnabled, without which the deadline ends no call, and
	// MaxRetries -1, since a repeated call would count twice. Keys expire when their
	// whole burst is available again.
	Redis redis.UniversalClient
	// Prefix must differ between catalogues on one Redis: keys are "rate:", the prefix
	// and the key.
	Prefix string
	// Deadline is how long a request waits for Redis; 0 is 30 ms.
	Deadline time.Duration
	// RetryEvery is how often a Redis that failed is tried again; 0 is 1 s.
	RetryEvery time.Duration
	// MaxKeys is how many keys this process remembers; 0 is 131,072.
	MaxKeys int
	// Now is this process's clock; nil is time.Now. Redis has its own.
	Now func() time.Time
	// Logger gets a line when the breaker changes; nil is none.
	Logger *slog.Logger
}

// Limiter decides which requests are allowed. Its methods may be called from many
// goroutines.
type Limiter struct {
	config  Config
	start   time.Time
	own     *memory
	shared  *redis_rate.Limiter // nil without Redis
	breaker *gobreaker.CircuitBreaker[*redis_rate.Result]
	counts  counts
}

// New returns a limiter. Every key has its whole burst, unless Redis knows otherwise.
// The limiter connects on first use and need not be closed.
func New(c Config) *Limiter {
	c = c.withDefaults()
	l := &Limiter{config: c, start: c.Now(), own: newMemory(c.MaxKeys)}
	if c.Redis == nil {
		return l
	}
	l.shared = redis_rate.NewLimiter(c.Redis)
	l.breaker = gobreaker.NewCircuitBreaker[*redis_rate.Result](gobreaker.Settings{
		Timeout:     c.RetryEvery,
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= breakAfter },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			c.Logger.Warn("the breaker of the shared rate limits changes", "to", to.String())
		},
	})
	return l
}

func (c Config) withDefaults() Config {
	if c.Deadline <= 0 {
		c.Deadline = defaultDeadline
	}
	if c.RetryEvery <= 0 {
		c.RetryEvery = defaultRetryEvery
	}
	if c.MaxKeys <= 0 {
		c.MaxKeys = defaultMaxKeys
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Allow spends the cost on the key if the limit allows it. A cost above the burst
// counts as the burst, else it could never be allowed, and one below 1 counts as 1.
// Keys are short, and a key always has the same limit. A request whose client has
// left counts as well.
//
// The process also counts in memory what it allows, whether Redis decided or not.
// So the limit holds in each process while Redis is lost, when it returns, and when
// it returns empty. Memory also remembers what Redis refused: a key without units
// is refused without a call. RetryAfter is then too short if other processes have
// spent units since, by at most the time in which the cost comes back.
func (l *Limiter) Allow(ctx context.Context, key string, r rate.Limit, cost int) rate.Decision {
	d := l.allow(ctx, key, r, cost)
	l.counts.add(d)
	return d
}

func (l *Limiter) allow(ctx context.Context, key string, r rate.Limit, cost int) rate.Decision {
	r = r.Valid()
	cost = min(max(cost, 1), r.Burst)
	now := l.config.Now().Sub(l.start)
	if l.shared == nil {
		return l.own.take(key, r, cost, now)
	}
	if d := l.own.check(key, r, cost, now); !d.Allowed {
		return d
	}
	d, err := l.allowShared(ctx, key, r, cost)
	if err != nil {
		d = l.own.take(key, r, cost, now)
		d.Degraded = true
		return d
	}
	// now is from before the call of Redis, so memory is never stricter than Redis.
	if d.Allowed {
		l.own.charge(key, r, cost, now)
	} else {
		l.own.raise(key, d.ResetAfter, now)
	}
	return d
}

// Check returns what Allow would decide as far as memory knows. It spends nothing
// and does not call Redis. Memory knows of units that other processes spent only
// after Allow has refused the key here.
func (l *Limiter) Check(key string, r rate.Limit, cost int) rate.Decision {
	r = r.Valid()
	return l.own.check(key, r, min(max(cost, 1), r.Burst), l.config.Now().Sub(l.start))
}

// slack is subtracted from the times of Redis. redis_rate counts seconds since 2017
// in floating point, exact to 60 ns, and one nanosecond too much would hide a unit
// that is available.
const slack = time.Microsecond

// allowShared lets Redis decide. It continues when the client leaves: the breaker
// would count the cancelled call as a failure of Redis.
func (l *Limiter) allowShared(ctx context.Context, key string, r rate.Limit, cost int) (rate.Decision, error) {
	result, err := l.breaker.Execute(func() (*redis_rate.Result, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.config.Deadline)
		defer cancel()
		per := redis_rate.Limit{Rate: r.Units, Burst: r.Burst, Period: r.Period}
		return l.shared.AllowN(ctx, l.config.Prefix+key, per, cost)
	})
	if err != nil {
		return rate.Decision{}, err
	}
	return r.Decide(result.Allowed > 0, cost, max(result.ResetAfter-slack, 0)), nil
}
