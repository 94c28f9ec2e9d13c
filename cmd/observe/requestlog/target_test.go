package requestlog

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"marquee/cache/timing"
)

func TestShortened(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", maxValue)
	for _, c := range []struct{ target, want string }{
		{"/2.0/movies", "/2.0/movies"},
		{"/2.0/movies?limit=10&q=" + long, "/2.0/movies?limit=10&q=" + long},
		{"/2.0/movies?q=" + long + "a&sort=title", "/2.0/movies?q=" + long + "…&sort=title"},
		{"/2.0/movies?q=" + long[1:] + "%C3%A9", "/2.0/movies?q=" + long[1:] + "…"},
		{"/2.0/movies?q=" + long[3:] + "%C3%A9", "/2.0/movies?q=" + long[3:] + "…"},
		{"/" + strings.Repeat("x", maxTarget), "/" + strings.Repeat("x", maxTarget-1) + "…"},
		{"/2.0/movies?" + long + long, "/2.0/movies?" + long + long},
	} {
		if got := shortened(c.target); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.target, got, c.want)
		}
	}
}

// A cut target is bounded, and its values are beginnings of the whole ones, cut between
// characters.
func TestShortenedValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.StringN(0, 200, -1), 1, 20).Draw(t, "values")
		target := "/2.0/movies"
		for i, v := range values {
			target += map[bool]string{true: "?", false: "&"}[i == 0] + "q=" + url.QueryEscape(v)
		}
		got := shortened(target)
		if len(got) > maxTarget+len(cut) {
			t.Fatalf("got %d bytes, want at most %d", len(got), maxTarget)
		}
		got, whole := strings.CutSuffix(got, cut)
		if whole = !whole; whole && strings.Count(got, "&") != len(values)-1 {
			t.Fatalf("got %s, want %d values", got, len(values))
		}
		_, query, _ := strings.Cut(got, "?")
		for i, pair := range strings.Split(query, "&") {
			text, err := url.QueryUnescape(strings.TrimSuffix(strings.TrimPrefix(pair, "q="), cut))
			if err != nil || !utf8.ValidString(text) || !strings.HasPrefix("q="+values[i], text) && !strings.HasPrefix(values[i], text) {
				t.Fatalf("got %q, %v of %q", text, err, values[i])
			}
		}
	})
}

// Measure begins times once.
func TestMeasure(t *testing.T) {
	t.Parallel()
	var got *timing.Times
	h := Measure(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = timing.From(r.Context()) }))
	r := httptest.NewRequest(http.MethodPost, "/2.0/movies", nil)
	h.ServeHTTP(nil, r)
	if got == nil {
		t.Error("a request has no times")
	}
	ctx := timing.With(t.Context(), "id-1")
	h.ServeHTTP(nil, r.WithContext(ctx))
	if got != timing.From(ctx) {
		t.Error("a request lost its times")
	}
}
