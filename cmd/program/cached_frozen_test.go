package program

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack"
)

// frozenFilms are kept and were touched, and nobody asks for them often.
const frozenFilms = 20

// A database that hangs keeps one reader waiting, and not until the read fails at
// its deadline: from then on what was touched comes from the last good answers,
// until the database answers again.
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
		how := "Marquee; hit; " // it was not asked for
		if n == 0 {
			how = "Marquee; fwd=stale; ttl=" // and did not end: there is no status of it
		}
		a := s.public().get(t, film)
		contains(t, a.header.Get("Cache-Status"), how, "detail=ORIGIN-ERROR")
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
	t.Logf("everything was answered anew %s after the database's return", time.Since(back))
}
