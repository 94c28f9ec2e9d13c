package api_test

import (
	"context"
	"strings"
	"testing"

	"marquee/api"
	"marquee/storage"
)

// degraded answers lists like a fallback.
type degraded struct{ *memory }

func (d degraded) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	page, err := d.memory.List(ctx, q)
	if page != nil {
		page.Degraded = true
	}
	return page, err
}

// Answers say who may store them, for how long, and by which keys they are purged.
func TestHeadersForCaches(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	stand := &client{t: t, handler: api.New(api.Config{Catalogue: degraded{m}, Logger: quiet()})}
	const (
		object  = "public, max-age=0, s-maxage=10, stale-while-revalidate=30, stale-if-error=43200"
		list    = "public, max-age=0, s-maxage=5, stale-while-revalidate=15, stale-if-error=43200"
		soon    = "public, max-age=0, s-maxage=2, stale-while-revalidate=0, stale-if-error=43200"
		private = "private, max-age=0, must-revalidate"
	)
	for _, r := range []struct {
		c              *client
		target, token  string
		lifetime, keys string
		status         int
		oneForm        bool
	}{
		{c: c, target: "/2.0/movies/1", lifetime: object, keys: "movie-1", status: 200},
		{c: c, target: "/2.0/movies/1?fields=title", lifetime: object, keys: "movie-1", status: 200},
		{c: c, target: "/2.0/series/1/seasons/1", lifetime: object, keys: "serie-1 season-1", status: 200},
		{c: c, target: "/2.0/series/1/seasons/1/episodes/1", lifetime: object, keys: "serie-1 season-1 episode-1", status: 200},
		{c: c, target: "/2.0/movies?sort=title&limit=2", lifetime: list, keys: "movies movie-2 movie-1", status: 200},
		{c: c, target: "/2.0/series/1/seasons", lifetime: list, keys: "seasons serie-1 season-1", status: 200},
		{c: c, target: "/2.0/movies?year=1800", lifetime: list, keys: "movies", status: 200},
		{c: c, target: "/2.0/movies?q=nothing&q_type=exact", lifetime: list, keys: "movies", status: 200},
		{c: c, target: "/2.0/movies?views=1..", lifetime: soon, keys: "movies", status: 200},
		{c: stand, target: "/2.0/movies?year=1800", lifetime: soon, keys: "movies", status: 200},
		{c: c, target: "/2.0/movies/1", token: "Bearer " + readerToken, lifetime: private, keys: "movie-1", status: 200},
		{c: c, target: "/2.0/movies", token: "Bearer " + readerToken, lifetime: private, keys: "movies movie-1 movie-2 movie-3", status: 200},
		{c: c, target: "/2.0/suggest?q=a&types=movies,persons", lifetime: soon, keys: "movies persons movie-2 person-1", status: 200},
		{c: c, target: "/2.0/suggest?q=x&types=genres,persons", lifetime: list, keys: "persons genres", status: 200},
		{c: c, target: "/2.0/suggest?q=dr&types=genres", token: "Bearer " + readerToken, lifetime: private, keys: "genres genre-drama", status: 200},
		{c: c, target: "/2.0/changes", lifetime: "public, max-age=0, must-revalidate", status: 200},
		{c: c, target: "/2.0/movies/99", lifetime: "public, max-age=2", status: 404, oneForm: true},
		{c: c, target: "/2.0/movies/99", token: "Bearer " + readerToken, lifetime: "private, max-age=2", status: 404, oneForm: true},
		{c: c, target: "/2.0/movies?limit=0", lifetime: "no-store", status: 400, oneForm: true},
	} {
		a := r.c.get(r.target, "Authorization", r.token).want(r.status)
		if got := a.header.Get("Cache-Control"); got != r.lifetime {
			t.Errorf("%s: Cache-Control: got %q, want %q", a.what, got, r.lifetime)
		}
		if got := a.header.Get("Surrogate-Key"); got != r.keys {
			t.Errorf("%s: Surrogate-Key: got %q, want %q", a.what, got, r.keys)
		}
		if got := a.header.Get("Vary"); strings.HasSuffix(got, "Accept-Encoding") == r.oneForm || strings.HasPrefix(got, "Accept,") != (r.target == "/2.0/changes") {
			t.Errorf("%s: Vary: got %q", a.what, got)
		}
	}
}
