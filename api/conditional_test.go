package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestConditionalReads(t *testing.T) {
	t.Parallel()
	c, _ := cached(t)
	for _, target := range []string{"/2.0/movies/1", "/2.0/movies/1?fields=title", "/2.0/movies", "/2.0/genres/action", "/2.0/changes"} {
		full := c.get(target).want(http.StatusOK)
		tag := full.header.Get("Etag")
		if !strings.HasPrefix(tag, `"`) {
			t.Fatalf("%s: ETag: got %q", target, tag)
		}
		for value, status := range map[string]int{
			tag:                              304,
			"W/" + tag:                       304,
			"*":                              304,
			`"other"`:                        200,
			`"other", ` + tag:                304,
			`W/"a,b" ,,  ` + tag + ` ,`:      304,
			strings.Trim(tag, `"`):           200,
			`"unclosed`:                      200,
			`"` + strings.ToUpper("x") + `"`: 200,
		} {
			for _, method := range []string{"GET", "HEAD"} {
				a := c.do(method, target, "", "If-None-Match", value).want(status)
				if status == 304 {
					checkNotModified(t, a, full)
				}
			}
		}
	}
}

func TestWritesRefuseConditionsThatTheyDoNotHonor(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	version := m.version
	tag := c.get("/2.0/movies/1").header.Get("Etag")
	const since = "Wed, 31 Dec 2014 23:59:00 GMT"
	update := `{"movie":{"title":"New"}}`
	for _, s := range []struct {
		method, target, body string
		headers              []string
	}{
		{"PUT", "/2.0/movies/1", update, []string{"If-None-Match", "*"}},
		{"PUT", "/2.0/movie/1", update, []string{"If-None-Match", tag, "If-Unmodified-Since", since}},
		{"DELETE", "/2.0/movies/1", "", []string{"If-Unmodified-Since", since}},
		{"DELETE", "/2.0/movies/1", "", []string{"If-None-Match", `"x"`}},
		{"POST", "/2.0/movies", update, []string{"If-None-Match", "*"}},
		{"POST", "/2.0/movie", update, []string{"If-Match", tag}},
		{"PUT", "/2.0/movies/1/like", "", []string{"If-Match", tag}},
		{"POST", "/2.0/movies/1/views", "", []string{"Idempotency-Key", "k"}},
		{"POST", "/2.0/movies/1/restore", `{"restore":{"version":1}}`, []string{"Idempotency-Key", "k"}},
	} {
		p := c.write(s.method, s.target, s.body, s.headers...).refused(http.StatusBadRequest)
		if p.Type != "/problems/invalid-header" || len(p.Errors) != len(s.headers)/2 || p.Errors[0].Parameter != s.headers[0] {
			t.Errorf("%s %s %v: %s %+v", s.method, s.target, s.headers, p.Type, p.Errors)
		}
	}
	if m.version != version || len(m.votes) > 0 || len(m.views) > 0 {
		t.Error("the refused request was written")
	}
	c.write("PUT", "/2.0/movies/1", update, "If-Match", tag, "If-Unmodified-Since", since).want(http.StatusOK)
	c.write("DELETE", "/2.0/movies/2", "", "Idempotency-Key", "k").want(http.StatusNoContent)
}

// checkNotModified checks a 304 against RFC 9110.
func checkNotModified(t *testing.T, a, full *answer) {
	t.Helper()
	if len(a.body) != 0 || a.header.Get("Content-Length") != "" || a.header.Get("Content-Type") != "" {
		t.Errorf("%s: 304 with content: %v", a.what, a.header)
	}
	for _, name := range []string{"Etag", "Vary", "Cache-Control", "Last-Modified"} {
		if a.header.Get(name) != full.header.Get(name) {
			t.Errorf("%s: %s of the 304: got %q, want %q as with 200", a.what, name, a.header.Get(name), full.header.Get(name))
		}
	}
}

func TestIfModifiedSince(t *testing.T) {
	t.Parallel()
	c, _ := cached(t)
	a := c.get("/2.0/movies/1").want(http.StatusOK)
	modified, err := http.ParseTime(a.header.Get("Last-Modified"))
	if err != nil {
		t.Fatal(err)
	}
	at := func(d time.Duration) string { return modified.Add(d).Format(http.TimeFormat) }
	c.get("/2.0/movies/1", "If-Modified-Since", at(0)).want(304)
	c.get("/2.0/movies/1", "If-Modified-Since", at(time.Hour)).want(304)
	c.get("/2.0/movies/1", "If-Modified-Since", at(-time.Second)).want(200)
	c.get("/2.0/movies/1", "If-Modified-Since", "yesterday").want(200)
	c.get("/2.0/movies/1", "If-Modified-Since", at(0), "If-None-Match", `"other"`).want(200)
	c.get("/2.0/movies", "If-Modified-Since", at(time.Hour)).want(200)
	c.get("/2.0/genres/action", "If-Modified-Since", at(time.Hour)).want(200)
	c.get("/2.0/series/1", "If-Modified-Since", at(time.Hour)).want(200) // the seasons that it counts may have changed
}

func TestTagsDifferBetweenEncodings(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	one, two := c.get("/2.0/movies/1").header.Get("Etag"), c.get("/2.0/movies/1?fields=title").header.Get("Etag")
	if one == two {
		t.Errorf("both forms have %s", one)
	}
	version := one[:strings.Index(one, "-")]
	if !strings.HasPrefix(two, version+"-") {
		t.Errorf("%s and %s name different versions", one, two)
	}
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header func(tag string) string
		status int
	}{
		"current":         {func(tag string) string { return tag }, 200},
		"among others":    {func(tag string) string { return `"x", "1-0000000000000000", ` + tag }, 200},
		"of an encoding":  {func(tag string) string { return strings.TrimSuffix(tag, `"`) + `-gzip"` }, 200},
		"of another form": {func(tag string) string { return tag[:strings.Index(tag, "-")] + `-0123456789abcdef"` }, 200},
		"every":           {func(string) string { return "*" }, 200},
		"weak":            {func(tag string) string { return "W/" + tag }, 412},
		"foreign":         {func(string) string { return `"abc"` }, 412},
		"old":             {func(string) string { return `"1-0123456789abcdef"` }, 412},
		"malformed":       {func(tag string) string { return strings.Trim(tag, `"`) }, 412},
		"a list's":        {func(string) string { return `"0123456789abcdef"` }, 412},
		"overflowing":     {func(string) string { return `"99999999999999999999-0123456789abcdef"` }, 412},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, _ := seeded(t)
			tag := api.get("/2.0/movies/1").header.Get("Etag")
			a := api.write("PUT", "/2.0/movies/1", `{"movie":{"title":"New"}}`, "If-Match", c.header(tag)).want(c.status)
			if c.status == 200 && a.header.Get("Etag") == tag {
				t.Error("the tag did not change")
			}
			want := http.StatusNoContent
			if c.status == 412 {
				want = 412
			} else {
				tag = a.header.Get("Etag")
			}
			api.write("DELETE", "/2.0/movies/1", "", "If-Match", c.header(tag)).want(want)
		})
	}
}
