package value

import (
	"marquee/storage"
	"testing"
)

func TestRangesOfTimes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]int64{ // 0 stands for an open end
		"2014-12-31T23-59":                      {1420070340, 1420070399},
		"2014-12-31T23-59-07":                   {1420070347, 1420070347},
		"2014-12-31T23-59..":                    {1420070340, 0},
		"..2014-12-31T23-59":                    {0, 1420070399},
		"..2014-12-31T23-59-00":                 {0, 1420070340},
		"2014-12-31T23-59-30..2014-12-31T23-59": {1420070370, 1420070399},
	} {
		c, faults := Range(storage.TimeRange, value)
		if len(faults) > 0 || !sameEnd(c.Range.From, want[0]) || !sameEnd(c.Range.To, want[1]) {
			t.Errorf("%s: %+v %v, want %v", value, c, faults, want)
		}
	}
}

func sameEnd(n *int64, want int64) bool { return n == nil && want == 0 || n != nil && *n == want }

func TestRangesOfDecimals(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]int64{
		"7.2": {72, 72}, "7.25": {73, 72}, "7.25..8.01": {73, 80}, "7.20..": {72, 0}, "..9.999": {0, 99}, "..10": {0, 100}, "9.91..10.0": {100, 100},
	} {
		c, faults := Range(storage.DecimalRange, value)
		if len(faults) > 0 || !sameEnd(c.Range.From, want[0]) || !sameEnd(c.Range.To, want[1]) {
			t.Errorf("%s: %+v %v, want %v", value, c, faults, want)
		}
	}
	for value, want := range map[string]int64{"7.2": 72, "7.25": 72, "7.29999": 72, "10": 100, "0": 0} {
		if c, faults := Above(value); len(faults) > 0 || *c.Range.From != want {
			t.Errorf("%s: %+v %v, want %d", value, c, faults, want)
		}
	}
	_, faults := Range(storage.CountRange, "10..0")
	if len(faults) != 1 || faults[0].Reason != "FROM 10 is greater than TO 0" {
		t.Errorf("%v", faults)
	}
}
