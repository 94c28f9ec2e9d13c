package window

import (
	"testing"
	"testing/synctest"
	"time"
)

// Pages are read from one point in time until a write or a flush, and never for
// long.
func TestWindowsEnd(t *testing.T) {
	t.Parallel()
	first := Moment{Version: 3, Flushes: 1}
	for name, test := range map[string]struct {
		at   Moment
		wait time.Duration
		same bool
	}{
		"at once":               {first, 0, true},
		"before it is too old":  {first, maxAge, true},
		"too old":               {first, maxAge + 1, false},
		"after a write":         {Moment{Version: 4, Flushes: 1}, 0, false},
		"at an older version":   {Moment{Version: 2, Flushes: 1}, 0, false},
		"after a flush":         {Moment{Version: 3, Flushes: 2}, 0, false},
		"at an unknown version": {Moment{}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ws := NewSet()
				w, _ := ws.Get("list", first)
				w.PIT = "open"
				for range 3 { // use does not make it younger
					time.Sleep(test.wait / 3)
					ws.Get("list", first)
				}
				time.Sleep(test.wait - test.wait/3*3)
				again, stale := ws.Get("list", test.at)
				if (again == w) != test.same || (len(stale) == 1 && stale[0] == "open") == test.same {
					t.Errorf("got the same window: %v, stale %v; want the same: %v", again == w, stale, test.same)
				}
			})
		})
	}
	ws := NewSet()
	w, _ := ws.Get("list", Moment{})
	if again, _ := ws.Get("list", Moment{}); again == w {
		t.Error("a window at an unknown version is used again")
	}
}
