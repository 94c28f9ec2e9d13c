package elastic

import (
	"testing"
	"testing/synctest"
	"time"
)

// Pages are read from one point in time until something was written, voted or
// seen, and never for long.
func TestWindowsEnd(t *testing.T) {
	t.Parallel()
	first := moment{version: 3, flushes: 1}
	for name, test := range map[string]struct {
		at   moment
		wait time.Duration
		same bool
	}{
		"at once":                 {first, 0, true},
		"within its time":         {first, maxAge, true},
		"too late":                {first, maxAge + 1, false},
		"after a write":           {moment{version: 4, flushes: 1}, 0, false},
		"in another's past":       {moment{version: 2, flushes: 1}, 0, false},
		"after a vote":            {moment{version: 3, flushes: 2}, 0, false},
		"nobody tells of changes": {moment{}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ws := newWindows()
				w, _ := ws.get("list", first)
				w.pit = "open"
				for range 3 { // use does not make it younger
					time.Sleep(test.wait / 3)
					ws.get("list", first)
				}
				time.Sleep(test.wait - test.wait/3*3)
				again, stale := ws.get("list", test.at)
				if (again == w) != test.same || (len(stale) == 1 && stale[0] == "open") == test.same {
					t.Errorf("the same window: %v, to close: %v", again == w, stale)
				}
			})
		})
	}
	ws := newWindows()
	w, _ := ws.get("list", moment{})
	if again, _ := ws.get("list", moment{}); again == w {
		t.Error("a window at no known version is used again")
	}
}
