package cache_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// frozenFilms is the number of films that are cached, touched and rarely read.
const frozenFilms = 20

// While the database hangs, only the first reader waits, and less than the deadline of
// its read. Then touched entries are served stale until the database answers again.
func TestFrozenDatabaseDelaysOneReader(t *testing.T) {
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
		how := "Marquee; hit; " // the origin was not read
		if n == 0 {
			how = "Marquee; fwd=stale; ttl=" // the read did not end, so it has no status
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
				return fmt.Errorf("film %d: got %s (%s), want its new title", n, a.Body, a.Header.Get("Cache-Status"))
			}
			return nil
		})
	}
	t.Logf("all films were fresh %s after the database answered again", time.Since(back))
}
