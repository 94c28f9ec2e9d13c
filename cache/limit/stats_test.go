package limit_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/cache/limit"
	"marquee/cache/rate"
)

func TestStats(t *testing.T) {
	t.Parallel()
	one := rate.Limit{Units: 1, Burst: 1, Period: time.Hour}
	alone := limit.New(limit.Config{})
	alone.Allow(t.Context(), "a", one, 1)
	alone.Allow(t.Context(), "a", one, 1)
	if got, want := alone.Stats(), (limit.Stats{Allowed: 1, Refused: 1}); got != want || alone.Resting() {
		t.Errorf("without Redis: got %+v, resting %v; want %+v", got, alone.Resting(), want)
	}
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	lost := limit.New(limit.Config{Redis: client, RetryEvery: time.Hour})
	for i := range 6 {
		lost.Allow(t.Context(), string(rune('a'+i)), one, 1)
	}
	if got, want := lost.Stats(), (limit.Stats{Allowed: 6, Degraded: 6}); got != want || !lost.Resting() {
		t.Errorf("without an answer of Redis: got %+v, resting %v; want %+v", got, lost.Resting(), want)
	}
}
