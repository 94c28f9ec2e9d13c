package plan_test

import (
	"testing"

	"marquee/cache/plan"
)

func TestReport(t *testing.T) {
	t.Parallel()
	var report plan.Report
	ctx := plan.WithReport(t.Context(), &report)
	if plan.FromCache(t.Context()) || !plan.FromCache(ctx) {
		t.Error("FromCache is true without a report, or false with one")
	}
	want := plan.Description{AsOf: 7, Source: plan.Indexed}
	plan.Describe(t.Context(), want) // without a cache it does nothing
	plan.Describe(ctx, want)
	plan.CallerFault(t.Context())
	plan.CallerFault(ctx)
	if !report.Described || report.Description != want || !report.CallerFault {
		t.Errorf("got %+v, want the description %+v and a caller's fault", report, want)
	}
}
