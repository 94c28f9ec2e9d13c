package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/cache/plan"
)

func TestReport(t *testing.T) {
	t.Parallel()
	var report plan.Report
	ctx := plan.WithReport(t.Context(), &report)
	if plan.FromCache(t.Context()) || !plan.FromCache(ctx) {
		t.Error("FromCache is true without a report, or false with one")
	}
	want := plan.Description{AsOf: 7, Source: plan.Indexed, Parts: []plan.Part{{Target: "/films", AsOf: 6}}}
	plan.Describe(t.Context(), want) // without a cache it does nothing
	plan.Describe(ctx, want)
	plan.CallerFault(t.Context())
	plan.CallerFault(ctx)
	if !report.Described || !cmp.Equal(report.Description, want) || !report.CallerFault {
		t.Errorf("got %+v, want the description %+v and a caller's fault", report, want)
	}
}

func TestInstant(t *testing.T) {
	t.Parallel()
	if at, ok := plan.Instant(t.Context()); ok {
		t.Errorf("got %s without an instant", at)
	}
	want := time.Date(2026, 7, 4, 0, 0, 0, 0, time.UTC)
	if at, ok := plan.Instant(plan.WithInstant(t.Context(), want)); !ok || at != want {
		t.Errorf("got %s, %v, want %s", at, ok, want)
	}
}
