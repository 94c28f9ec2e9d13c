package storage_test

import (
	"testing"

	"marquee/storage"
)

// fakeTail knows the changes after version floor, one for each version up to last.
type fakeTail struct{ floor, last int64 }

func (f fakeTail) Version() int64  { return f.last }
func (f fakeTail) Required() int64 { return 0 }

func (f fakeTail) Between(from, to int64, visit func(*storage.Change) bool) bool {
	if from < f.floor || to > f.last {
		return false
	}
	for v := from + 1; v <= to && visit(&storage.Change{Version: v}); v++ {
	}
	return true
}

func TestTouched(t *testing.T) {
	t.Parallel()
	tail := fakeTail{floor: 10, last: 20}
	for name, test := range map[string]struct {
		from, to int64
		touching []int64
		want     bool
		wantLast int64
	}{
		"no change touches":                {from: 10, to: 20, wantLast: 10},
		"one change touches":               {from: 10, to: 20, touching: []int64{13}, want: true, wantLast: 13},
		"two changes touch":                {from: 10, to: 20, touching: []int64{13, 20}, want: true, wantLast: 20},
		"a change at from does not count":  {from: 13, to: 20, touching: []int64{13}, wantLast: 13},
		"a change after to does not count": {from: 10, to: 15, touching: []int64{16}, wantLast: 10},
		"from and to are equal":            {from: 5, to: 5, touching: []int64{5}, wantLast: 5},
		"from is newer than to":            {from: 7, to: 5, wantLast: 7},
		"old changes are not known":        {from: 9, to: 20, want: true, wantLast: 20},
		"new changes are not known":        {from: 10, to: 21, want: true, wantLast: 21},
	} {
		touches := func(c *storage.Change) bool {
			for _, v := range test.touching {
				if c.Version == v {
					return true
				}
			}
			return false
		}
		if got := storage.Touched(tail, test.from, test.to, touches); got != test.want {
			t.Errorf("%s: Touched = %v, want %v", name, got, test.want)
		}
		if got := storage.LastTouch(tail, test.from, test.to, touches); got != test.wantLast {
			t.Errorf("%s: LastTouch = %d, want %d", name, got, test.wantLast)
		}
	}
}
