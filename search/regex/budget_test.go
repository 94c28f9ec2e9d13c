package regex_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"marquee/search/regex"
)

func TestCost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern string
		runes   int
		want    int64
	}{
		{`\d\d`, 0, 4},
		{`\d\d`, 99, 400},
		{`star`, 99, 100},        // substring search
		{`^It$`, 2, 6 * 3},       // six instructions
		{`^It$`, 2000, 6 * 3},    // reads no further
		{`^(It|Up)`, 99, 10 * 3}, // either
		{`^a{2,4}$`, 99, 10 * 5},
		{`^It.*s`, 99, 8 * 100}, // reads everything
		{`(?m)^It`, 99, 5 * 100},
		{`It$`, 99, 5 * 100},
	} {
		if got := parse(t, tt.pattern).Cost(tt.runes); got != tt.want {
			t.Errorf("Cost of %s on %d runes = %d, want %d", tt.pattern, tt.runes, got, tt.want)
		}
	}
}

func TestVerifyTakesTheCost(t *testing.T) {
	t.Parallel()
	r := parse(t, `star.*wars`)
	b := regex.NewBudget(2 * r.Cost(9))
	for value, want := range map[string]bool{
		"nothing of the sort": false, // costs nothing
		"STARxWARS":           false, // the index folds case, the pattern does not
		"star wars":           true,
	} {
		if got, err := r.Verify(value, b); got != want || err != nil {
			t.Errorf("Verify(%q) = %v, %v; want %v", value, got, err, want)
		}
	}
	if b.Left() != 0 {
		t.Errorf("%d units left", b.Left())
	}
	if _, err := r.Verify("star wars", b); !errors.Is(err, regex.ErrBudget) {
		t.Errorf("over the budget: %v", err)
	}
	if b.Left() != 0 {
		t.Errorf("%d units left", b.Left())
	}
}

// TestBudgetIsShared spends from many goroutines. As many succeed as there are units, in
// any order.
func TestBudgetIsShared(t *testing.T) {
	t.Parallel()
	b := regex.NewBudget(1000)
	var spent atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if b.Spend(1) == nil {
					spent.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if spent.Load() != 1000 {
		t.Errorf("%d units spent", spent.Load())
	}
}

func parse(t testing.TB, pattern string) *regex.Regex {
	t.Helper()
	r, err := regex.Parse(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
