package limit_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/cache/limit"
	"marquee/cache/rate"
	"marquee/deploy/devstack"
)

// patience is a deadline that a busy machine keeps.
const patience = 10 * time.Second

// patient is a limiter's configuration that a busy machine does not degrade.
func patient(t *testing.T, address string) limit.Config {
	t.Helper()
	return limit.Config{Redis: client(t, address), Prefix: devstack.RedisPrefix(t), Deadline: patience}
}

func client(t *testing.T, address string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries = -1
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.DialerRetries = patience, 1
	options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = patience, patience, patience
	c := redis.NewClient(options)
	t.Cleanup(func() { c.Close() })
	return c
}

// pair is two processes that share a Redis.
func pair(t *testing.T, address string) [2]*limit.Limiter {
	t.Helper()
	one := patient(t, address)
	one.RetryEvery = 10 * time.Millisecond
	two := one
	two.Redis = client(t, address)
	return [2]*limit.Limiter{limit.New(one), limit.New(two)}
}

// aboutBurst fails unless n is the hourly burst, give or take a hundredth.
func aboutBurst(t *testing.T, who string, n int) {
	t.Helper()
	if want := hourly.Burst; n < want*99/100 || n > want*101/100 {
		t.Errorf("%s: %d allowed, want %d", who, n, want)
	}
}

// Two processes share one limit.
func TestShared(t *testing.T) {
	t.Parallel()
	limiters := pair(t, devstack.Redis(t))
	var turn atomic.Uint64
	aboutBurst(t, "both", hammer(func() rate.Decision {
		return limiters[turn.Add(1)%2].Allow(t.Context(), "k", hourly, 1)
	}))
	if !limiters[0].Allow(t.Context(), "other", hourly, 1).Allowed {
		t.Error("one key's limit is another's")
	}
}

// What remains is counted right though Redis rounds: a seventh of an hour has no
// end in decimal or in binary.
func TestSharedRemaining(t *testing.T) {
	t.Parallel()
	l := limit.New(patient(t, devstack.Redis(t)))
	r := rate.Limit{Units: 7, Burst: 7, Period: time.Hour}
	for i := range 30 {
		key, cost := strconv.Itoa(i), 1+i%r.Burst
		if d := l.Allow(t.Context(), key, r, cost); d.Remaining != r.Burst-cost {
			t.Errorf("after %d of %d: %+v", cost, r.Burst, d)
		}
	}
}

// What comes back does so at the rate, however often two processes ask.
func TestSharedRefill(t *testing.T) {
	t.Parallel()
	limiters := pair(t, devstack.Redis(t))
	r := rate.Limit{Units: 1000, Burst: 100, Period: time.Second}
	start := time.Now()
	allowed := 0
	for i := 0; allowed < 400; i++ {
		if limiters[i%2].Allow(t.Context(), "k", r, 1).Allowed {
			allowed++
		}
	}
	if took, least := time.Since(start), 300*time.Millisecond*99/100; took < least {
		t.Errorf("300 units came back in %s, which takes %s", took, least)
	}
}

// When Redis dies half-way, each process keeps the limit for itself, counting
// what it let through before; and so it does when Redis is back, with its data or
// without.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, empty := range []bool{false, true} {
		t.Run(map[bool]string{false: "with data", true: "without data"}[empty], func(t *testing.T) {
			t.Parallel()
			s := devstack.StartRedis(t)
			limiters := pair(t, s.URL())
			var total, degraded atomic.Int64
			half, killed := make(chan struct{}), make(chan struct{})
			var asking sync.RWMutex // nobody asks while Redis dies, however long that takes
			var each [2]int
			var both sync.WaitGroup
			for i, l := range limiters {
				both.Go(func() {
					each[i] = hammer(func() rate.Decision {
						asking.RLock()
						d := l.Allow(t.Context(), "k", hourly, 1)
						asking.RUnlock()
						if d.Degraded {
							degraded.Add(1)
						}
						if d.Allowed && total.Add(1) == int64(hourly.Burst/2) {
							asking.Lock()
							close(half)
							<-killed
							asking.Unlock()
						}
						return d
					})
				})
			}
			<-half
			s.Kill()
			close(killed)
			both.Wait()
			if degraded.Load() == 0 {
				t.Error("nothing was decided without Redis")
			}
			aboutBurst(t, "first process", each[0])
			aboutBurst(t, "second process", each[1])

			if empty {
				s.RestartEmpty()
			} else {
				s.Restart()
			}
			for i, l := range limiters {
				eventuallyShared(t, l)
				if l.Allow(t.Context(), "k", hourly, 10).Allowed {
					t.Errorf("process %d has forgotten what it let through", i)
				}
			}
		})
	}
}

// eventuallyShared asks until Redis decides again.
func eventuallyShared(t *testing.T, l *limit.Limiter) {
	t.Helper()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	end := time.After(2 * patience)
	for l.Allow(t.Context(), "poll", rate.Limit{Units: 1e6, Burst: 1e6, Period: time.Hour}, 1).Degraded {
		select {
		case <-poll.C:
		case <-end:
			t.Fatal("Redis is back, and the limiter does not use it")
		}
	}
}

// calls counts the commands that are sent or tried.
type calls struct{ atomic.Int64 }

// DialHook is part of redis.Hook.
func (c *calls) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook is part of redis.Hook.
func (c *calls) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook counts.
func (c *calls) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		c.Add(1)
		return next(ctx, command)
	}
}

// A dead Redis is asked five times and then left alone.
func TestDeadCostsNothing(t *testing.T) {
	t.Parallel()
	s := devstack.StartRedis(t)
	c := patient(t, s.URL())
	c.RetryEvery = time.Hour
	var n calls
	c.Redis.AddHook(&n)
	s.Kill()
	l := limit.New(c)
	for range hourly.Burst {
		if d := l.Allow(t.Context(), "k", hourly, 1); !d.Allowed || !d.Degraded {
			t.Fatalf("got %+v", d)
		}
	}
	if got := n.Load(); got != 5 {
		t.Errorf("%d calls, want 5", got)
	}
}

// Who has spent everything in this process is refused without asking Redis.
func TestRefusedWithoutAsking(t *testing.T) {
	t.Parallel()
	c := patient(t, devstack.Redis(t))
	var n calls
	c.Redis.AddHook(&n)
	l := limit.New(c)
	r := rate.Limit{Units: 1, Burst: 1, Period: time.Hour}
	l.Allow(t.Context(), "k", r, 1)
	before := n.Load()
	for range 100 {
		if d := l.Allow(t.Context(), "k", r, 1); d.Allowed || d.Degraded || d.RetryAfter <= 59*time.Minute {
			t.Fatalf("got %+v", d)
		}
	}
	if n.Load() != before {
		t.Errorf("Redis was asked %d times", n.Load()-before)
	}
}

// What the processes have spent together is known to each that was refused once,
// and is not asked for again.
func TestSharedRefusalIsRemembered(t *testing.T) {
	t.Parallel()
	limiters := pair(t, devstack.Redis(t))
	r := rate.Limit{Units: 3, Burst: 3, Period: time.Hour}
	if d := limiters[0].Allow(t.Context(), "k", r, 3); !d.Allowed {
		t.Fatalf("got %+v", d)
	}
	if d := limiters[1].Check("k", r, 1); !d.Allowed {
		t.Errorf("before it was told: %+v", d)
	}
	told := limiters[1].Allow(t.Context(), "k", r, 1)
	known := limiters[1].Check("k", r, 1)
	if told.Allowed || known.Allowed || known.RetryAfter > told.RetryAfter || known.RetryAfter < told.RetryAfter-time.Minute {
		t.Errorf("told %+v, known %+v", told, known)
	}
	if d := limiters[1].Check("other", r, 1); !d.Allowed || d.Remaining != 2 {
		t.Errorf("another key: %+v", d)
	}
}

// A Redis that accepts connections and answers nothing holds requests up for the
// deadline, until it is left alone.
func TestFrozen(t *testing.T) {
	t.Parallel()
	s := devstack.StartRedis(t)
	c := patient(t, s.URL())
	warm := limit.New(c)
	if d := warm.Allow(t.Context(), "k", hourly, 1); d.Degraded {
		t.Fatalf("got %+v", d)
	}
	c.Deadline, c.RetryEvery = 20*time.Millisecond, 50*time.Millisecond
	l := limit.New(c)
	s.Stop()
	start := time.Now()
	for range 100 {
		if d := l.Allow(t.Context(), "k", hourly, 1); !d.Allowed || !d.Degraded {
			t.Fatalf("got %+v", d)
		}
	}
	// Without the deadline the first call alone takes the 10 s of the client's own.
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("100 requests took %s", took)
	}
	s.Continue()
	eventuallyShared(t, l)
}
