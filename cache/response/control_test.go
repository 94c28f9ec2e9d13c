package response

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// usualControl is a Cache-Control with all lifetimes.
const usualControl = "public, max-age=0, s-maxage=10, stale-while-revalidate=30, stale-if-error=43200"

func TestLimitControl(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		control string
		seconds int64
		want    string
	}{
		{usualControl, 43210, usualControl},
		{usualControl, 43209, "public, max-age=0, s-maxage=10, stale-while-revalidate=30, stale-if-error=43199"},
		{usualControl, 35, "public, max-age=0, s-maxage=10, stale-while-revalidate=25, stale-if-error=25"},
		{usualControl, 11, "public, max-age=0, s-maxage=10, stale-while-revalidate=1, stale-if-error=1"},
		{usualControl, 10, "public, max-age=0, s-maxage=10, must-revalidate"},
		{usualControl, 3, "public, max-age=0, s-maxage=3, must-revalidate"},
		{usualControl, 0, "public, max-age=0, s-maxage=0, must-revalidate"},
		{"stale-if-error=9, max-age=5", 7, "stale-if-error=2, max-age=5"},
		{"public, max-age=2", 2, "public, max-age=2"},
		{"public, max-age=2", 1, "public, max-age=1, must-revalidate"},
		{"private, max-age=2", 0, "private, max-age=0, must-revalidate"},
		{"private, max-age=0, must-revalidate", 0, "private, max-age=0, must-revalidate"},
		{"must-revalidate, max-age=4", 1, "must-revalidate, max-age=1"},
		{"no-store", 0, "no-store"},
		{"public, max-age=x", 0, "public, max-age=x"},
	} {
		if got := limitControl(c.control, c.seconds); got != c.want {
			t.Errorf("%q within %d s: got %q, want %q", c.control, c.seconds, got, c.want)
		}
	}
}

// The seconds that are left are whole, and end a moment before the answer does.
func TestLimitedReplies(t *testing.T) {
	t.Parallel()
	p := New(http.StatusOK, http.Header{controlHeader: {"public, max-age=9"}}, []byte("film"))
	for _, c := range []struct {
		ends bool
		left time.Duration
		want string
	}{
		{false, 0, "public, max-age=9"},
		{true, 5*time.Second + transit, "public, max-age=5, must-revalidate"},
		{true, 5*time.Second + transit - 1, "public, max-age=4, must-revalidate"},
		{true, time.Second, "public, max-age=0, must-revalidate"},
		{true, 0, "public, max-age=0, must-revalidate"},
		{true, -1 << 63, "public, max-age=0, must-revalidate"},
		{true, 1<<63 - 1, "public, max-age=9"},
		{false, 0, "public, max-age=9"},
	} {
		w := httptest.NewRecorder()
		Reply{Response: p, Age: NoAge, Ends: c.ends, Left: c.left}.Write(w, httptest.NewRequest(http.MethodGet, "/film", nil))
		if got := w.Header().Get(controlHeader); got != c.want {
			t.Errorf("%s left: got %q, want %q", c.left, got, c.want)
		}
	}
	w := httptest.NewRecorder()
	Reply{Response: New(http.StatusOK, http.Header{}, nil), Ends: true}.Write(w, httptest.NewRequest(http.MethodGet, "/film", nil))
	if got, ok := w.Header()[controlHeader]; ok {
		t.Errorf("got Cache-Control %q, want none", got)
	}
}
