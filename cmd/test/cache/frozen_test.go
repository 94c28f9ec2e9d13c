package cache_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"
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
	e := fixture.Env{"MARQUEE_DATABASE_URL": pg.URL()}
	e.WithoutLimits()
	fixture.Run(t, e, "migrate")
	s := fixture.Site{Base: fixture.Start(t, e, "api", "--listen", "127.0.0.1:0", "--log-level", "error").Base, Token: fixture.NewToken(t, e)}
	films := make([]string, frozenFilms)
	for n := range films {
		films[n] = s.Post(t, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Before %d"}}`, n)).Header.Get("Location")
		s.Public().Get(t, films[n])
	}
	for n, film := range films {
		s.Do(t, http.MethodPut, film, fmt.Sprintf(`{"movie":{"title":"After %d"}}`, n), http.StatusOK)
	}

	pg.Stop()
	for n, film := range films {
		how := "Marquee; hit; " // it was not asked for
		if n == 0 {
			how = "Marquee; fwd=stale; ttl=" // and did not end: there is no status of it
		}
		a := s.Public().Get(t, film)
		fixture.Contains(t, a.Header.Get("Cache-Status"), how, "detail=ORIGIN-ERROR")
		fixture.Contains(t, string(a.Body), fmt.Sprintf("Before %d", n))
	}
	pg.Continue()
	back := time.Now()
	for n, film := range films {
		await.Nil(t, func() error {
			if a := s.Public().Get(t, film); !strings.Contains(string(a.Body), fmt.Sprintf("After %d", n)) {
				return fmt.Errorf("film %d is still %s (%s)", n, a.Body, a.Header.Get("Cache-Status"))
			}
			return nil
		})
	}
	t.Logf("everything was answered anew %s after the database's return", time.Since(back))
}
