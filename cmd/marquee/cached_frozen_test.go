package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack"
)

const (
	// frozenFilms are kept and were touched, and nobody asks for them often.
	frozenFilms = 20
	// firstWait is what the first reader of a frozen database waits at most: a
	// second, until a look that finds the log unread, on a busy machine. The origin's
	// own deadline is 5 s.
	firstWait = 3 * time.Second
	// nextWait is what the others wait at most.
	nextWait = time.Second
	// recovery is how long after its return the database answers everything.
	recovery = 4 * time.Second
)

// A database that hangs keeps one reader waiting, and not until the deadline of
// the read: from then on what was touched comes from the last good answers, until
// the database answers again.
func TestFrozenDatabaseKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	pg := devstack.StartPostgres(t)
	e := environment{"MARQUEE_DATABASE_URL": pg.URL()}
	e.withoutLimits()
	succeed(t, e, "migrate")
	s := site{startRole(t, e, "api", "--listen", "127.0.0.1:0", "--log-level", "error").base, newToken(t, e)}
	films := make([]string, frozenFilms)
	for n := range films {
		films[n] = s.post(t, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Before %d"}}`, n)).header.Get("Location")
		s.public().get(t, films[n])
	}
	for n, film := range films {
		s.do(t, http.MethodPut, film, fmt.Sprintf(`{"movie":{"title":"After %d"}}`, n), http.StatusOK)
	}

	pg.Stop()
	for n, film := range films {
		limit := nextWait
		if n == 0 {
			limit = firstWait
		}
		start := time.Now()
		a := s.public().get(t, film)
		if waited := time.Since(start); waited > limit {
			t.Errorf("film %d: waited %s (%s)", n, waited, a.header.Get("Cache-Status"))
		}
		contains(t, a.header.Get("Cache-Status"), "detail=ORIGIN-ERROR")
		contains(t, string(a.body), fmt.Sprintf("Before %d", n))
	}
	pg.Continue()
	back := time.Now()
	for n, film := range films {
		eventually(t, func() error {
			if a := s.public().get(t, film); !strings.Contains(string(a.body), fmt.Sprintf("After %d", n)) {
				return fmt.Errorf("film %d is still %s (%s)", n, a.body, a.header.Get("Cache-Status"))
			}
			return nil
		})
	}
	if took := time.Since(back); took > recovery {
		t.Errorf("everything was answered anew %s after the database's return", took)
	}
}
