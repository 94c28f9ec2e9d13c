package response

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestNoneMatch(t *testing.T) {
	t.Parallel()
	const current = `"5-abc-gzip"`
	for _, c := range []struct {
		values []string
		want   bool
	}{
		{[]string{`"5-abc-gzip"`}, true},
		{[]string{`W/"5-abc-gzip"`}, true}, // proxies that encode weaken tags
		{[]string{`"x", "5-abc-gzip"`}, true},
		{[]string{`"x" , W/"5-abc-gzip" ,"y"`}, true},
		{[]string{`"x"`, `"5-abc-gzip"`}, true},
		{[]string{`, ,"5-abc-gzip"`}, true},
		{[]string{`*`}, true},
		{[]string{` * `}, true},
		{[]string{`"a,b", "5-abc-gzip"`}, true}, // a comma inside a tag
		{[]string{`"5-abc"`}, false},            // the tag of another encoding
		{[]string{`5-abc-gzip`}, false},
		{[]string{`"5-abc-gzip`}, false},
		{[]string{`w/"5-abc-gzip"`}, false},
		{[]string{`"x" "5-abc-gzip"`}, false},
		{[]string{`"x y", "5-abc-gzip"`}, false},
		{[]string{``}, false},
		{[]string{`"x", *`}, false},
	} {
		if got := noneMatch(c.values, current); got != c.want {
			t.Errorf("%q: got %v, want %v", c.values, got, c.want)
		}
	}
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	const modified = "Sat, 01 Nov 2025 10:00:00 GMT"
	ok := New(http.StatusOK, http.Header{"Etag": {`"1-a"`}, "Last-Modified": {modified}}, []byte("text"))
	untagged := New(http.StatusOK, http.Header{}, []byte("text"))
	missing := New(http.StatusNotFound, http.Header{"Last-Modified": {modified}}, []byte("text"))
	for _, c := range []struct {
		name  string
		p     *Response
		given http.Header
		want  bool
	}{
		{"no condition", ok, http.Header{}, false},
		{"same tag", ok, http.Header{"If-None-Match": {`"1-a"`}}, true},
		{"other tag", ok, http.Header{"If-None-Match": {`"2-a"`}}, false},
		{"other tag, same time", ok, http.Header{"If-None-Match": {`"2-a"`}, "If-Modified-Since": {modified}}, false},
		{"same time", ok, http.Header{"If-Modified-Since": {modified}}, true},
		{"later", ok, http.Header{"If-Modified-Since": {"Sun, 02 Nov 2025 10:00:00 GMT"}}, true},
		{"earlier", ok, http.Header{"If-Modified-Since": {"Sat, 01 Nov 2025 09:59:59 GMT"}}, false},
		{"no date", ok, http.Header{"If-Modified-Since": {"yesterday"}}, false},
		{"two dates", ok, http.Header{"If-Modified-Since": {modified, modified}}, false},
		{"no tag", untagged, http.Header{"If-None-Match": {`"1-a"`}}, false},
		{"no time", untagged, http.Header{"If-Modified-Since": {modified}}, false},
		{"an error", missing, http.Header{"If-Modified-Since": {modified}}, false},
		{"an error, any", missing, http.Header{"If-None-Match": {"*"}}, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header = c.given
		if got := c.p.unchanged(r, &c.p.encodings.identity); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func FuzzNoneMatch(f *testing.F) {
	for _, seed := range []string{`"a", W/"b"`, `*`, `"`, `W/`, `"a" "b"`, `,,"a"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if noneMatch([]string{value}, "") {
			if strings.Trim(value, " \t") != "*" {
				t.Errorf("%q matches a response without a tag", value)
			}
		}
	})
}
