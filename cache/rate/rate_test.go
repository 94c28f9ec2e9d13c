package rate_test

import (
	"testing"
	"time"

	"marquee/cache/rate"
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	perMinute := rate.Limit{Units: 60, Burst: 100, Period: time.Minute} // a unit a second
	tests := []struct {
		name          string
		rate          rate.Limit
		decision      rate.Decision
		policy, state string
		retry         int
	}{
		{
			"untouched", perMinute, rate.Decision{Allowed: true, Remaining: 100},
			`"user";q=60;w=60`, `"user";r=100`, 0,
		},
		{
			"one spent", perMinute, rate.Decision{Allowed: true, Remaining: 99, ResetAfter: time.Second},
			`"user";q=60;w=60`, `"user";r=99;t=1`, 0,
		},
		{
			"a unit and a half away", perMinute,
			rate.Decision{RetryAfter: 1500 * time.Millisecond, ResetAfter: 99*time.Second + 500*time.Millisecond},
			`"user";q=60;w=60`, `"user";r=0;t=1`, 2,
		},
		{
			"whole seconds are not rounded", perMinute,
			rate.Decision{RetryAfter: 2 * time.Second, ResetAfter: 100 * time.Second},
			`"user";q=60;w=60`, `"user";r=0;t=1`, 2,
		},
		{
			"a refusal is never to be retried at once", perMinute,
			rate.Decision{RetryAfter: time.Nanosecond, ResetAfter: 99*time.Second + time.Nanosecond},
			`"user";q=60;w=60`, `"user";r=0;t=1`, 1,
		},
		{
			"slow", rate.Limit{Units: 6, Burst: 2, Period: time.Minute},
			rate.Decision{Allowed: true, Remaining: 1, ResetAfter: 10 * time.Second},
			`"user";q=6;w=60`, `"user";r=1;t=10`, 0,
		},
		{
			"a window is whole seconds", rate.Limit{Units: 5, Burst: 5, Period: 1500 * time.Millisecond},
			rate.Decision{Allowed: true, Remaining: 5},
			`"user";q=5;w=2`, `"user";r=5`, 0,
		},
		{
			"the largest integer of a structured field", rate.Limit{Units: 1 << 60, Burst: 1, Period: time.Hour},
			rate.Decision{Allowed: true, Remaining: 1 << 60},
			`"user";q=999999999999999;w=3600`, `"user";r=999999999999999`, 0,
		},
		{
			"the least rate", rate.Limit{},
			rate.Decision{Allowed: true, ResetAfter: time.Second},
			`"user";q=1;w=1`, `"user";r=0;t=1`, 0,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.rate.Policy("user"); got != test.policy {
				t.Errorf("policy %s, want %s", got, test.policy)
			}
			if got := test.decision.State("user", test.rate); got != test.state {
				t.Errorf("state %s, want %s", got, test.state)
			}
			if got := test.decision.RetrySeconds(); got != test.retry {
				t.Errorf("retry after %d s, want %d", got, test.retry)
			}
		})
	}
}
