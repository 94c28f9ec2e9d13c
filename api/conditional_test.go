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
	for _, target := range []string{"/2.0/movies/1", "/2.0/movies/1?fields=title", "/2.0/movies", "/2.0/genres/action", "/2.0/suggest?q=hea", "/2.0/changes"} {
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
		{"POST", "/2.0/movies", update, []string{"If-None-Match", tag}},
		{"POST", "/2.0/movie", update, []string{"If-Match", tag}},
		{"POST", "/2.0/movie", update, []string{"If-None-Match", "*"}},
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
	c.write("POST", "/2.0/movies", update, "If-None-Match", "*").refused(http.StatusPreconditionFailed)
	c.write("PUT", "/2.0/movies/1/like", "", "If-Unmodified-Since", since).want(http.StatusNoContent)
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

// A read evaluates all conditions against what it would answer, in the order of RFC
// 9110, section 13.2.2: from the cache and without it, at a hit as at a miss.
func TestReadConditions(t *testing.T) {
	t.Parallel()
	inFront, _ := cached(t)
	bare, _ := seeded(t)
	for name, c := range map[string]*client{"cached": inFront, "bare": bare} {
		full := c.get("/2.0/movies/1").want(http.StatusOK)
		tag, modified := full.header.Get("Etag"), full.header.Get("Last-Modified")
		at, err := http.ParseTime(modified)
		if err != nil {
			t.Fatal(err)
		}
		earlier := at.Add(-time.Second).Format(http.TimeFormat)
		for _, s := range []struct {
			target  string
			headers []string
			status  int
		}{
			{"/2.0/movies/1", []string{"If-Match", tag}, 200},
			{"/2.0/movies/1", []string{"If-Match", `"x", ` + tag}, 200},
			{"/2.0/movies/1", []string{"If-Match", "*"}, 200},
			{"/2.0/movies/1", []string{"If-Match", "W/" + tag}, 412},
			{"/2.0/movies/1", []string{"If-Match", `"x"`}, 412},
			{"/2.0/movies/1", []string{"If-Match", "x"}, 412},
			{"/2.0/movies/1", []string{"If-Match", tag, "If-None-Match", tag}, 304},
			{"/2.0/movies/1", []string{"If-Match", `"x"`, "If-None-Match", tag}, 412},
			{"/2.0/movies/1", []string{"If-Match", tag, "If-Unmodified-Since", earlier}, 200},
			{"/2.0/movies/1", []string{"If-Unmodified-Since", modified}, 200},
			{"/2.0/movies/1", []string{"If-Unmodified-Since", earlier}, 412},
			{"/2.0/movies/1", []string{"If-Unmodified-Since", "2014-12-31"}, 200},
			{"/2.0/movies/1", []string{"If-Unmodified-Since", modified, "If-Modified-Since", modified}, 304},
			{"/2.0/movies/1?fields=title", []string{"If-Match", tag}, 412}, // another representation
			{"/2.0/genres/action", []string{"If-Unmodified-Since", earlier}, 200},
			{"/2.0/series/1", []string{"If-Unmodified-Since", earlier}, 200},
			{"/2.0/movies", []string{"If-Unmodified-Since", earlier}, 200},
			{"/2.0/movies", []string{"If-Match", `"x"`}, 412},
			{"/2.0/movies?limit=1", []string{"If-Match", `"x"`}, 412}, // a miss
			{"/2.0/changes", []string{"If-Match", `"x"`}, 412},
			{"/2.0/changes", []string{"If-Match", "*"}, 200},
			{"/livez", []string{"If-Match", `"x"`}, 412},
			{"/2.0/movies/99", []string{"If-Match", "*"}, 404},
			{"/2.0/movies/99", []string{"If-Match", `"x"`}, 404},
			{"/2.0/movies?limit=0", []string{"If-Match", `"x"`}, 400},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				for range 2 { // the second time from the cache
					a := c.do(method, s.target, "", s.headers...)
					if a.status != s.status {
						t.Errorf("%s, %s %s %q: got %d %s, want %d", name, method, s.target, s.headers, a.status, a.body, s.status)
					}
					if a.status == http.StatusPreconditionFailed && (a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Request-Id") == "") {
						t.Errorf("%s, %s: the 412 has %v", name, s.target, a.header)
					}
				}
			}
		}
		private := c.write("GET", "/2.0/movies/1", "", "If-Match", `"x"`).refused(http.StatusPreconditionFailed)
		if private.Type != "/problems/precondition-failed" {
			t.Errorf("%s: got %+v", name, private)
		}
	}
}

// The tag of an encoding is the tag of that representation.
func TestReadConditionsOfEncodings(t *testing.T) {
	t.Parallel()
	c, _ := cached(t)
	plain, zipped := c.get("/2.0/movies").header.Get("Etag"), c.do("HEAD", "/2.0/movies", "", "Accept-Encoding", "gzip").header.Get("Etag")
	if plain == zipped {
		t.Fatalf("both have %s", plain)
	}
	c.do("HEAD", "/2.0/movies", "", "Accept-Encoding", "gzip", "If-Match", zipped).want(http.StatusOK)
	c.get("/2.0/movies", "Accept-Encoding", "gzip", "If-Match", plain).refused(http.StatusPreconditionFailed)
	c.get("/2.0/movies", "If-Match", zipped).refused(http.StatusPreconditionFailed)
}

// A write evaluates the conditions of RFC 9110 on the object.
func TestWriteConditions(t *testing.T) {
	t.Parallel()
	for _, s := range []struct {
		target  string
		headers func(tag string, modified time.Time) []string
		status  int
	}{
		{"/2.0/movies/1", func(string, time.Time) []string { return []string{"If-None-Match", "*"} }, 412},
		{"/2.0/movies/1", func(tag string, _ time.Time) []string { return []string{"If-None-Match", tag} }, 412},
		{"/2.0/movies/1", func(tag string, _ time.Time) []string { return []string{"If-None-Match", "W/" + tag} }, 412},
		{"/2.0/movies/1", func(string, time.Time) []string { return []string{"If-None-Match", `"x"`} }, 200},
		{"/2.0/movies/1", func(tag string, _ time.Time) []string { return []string{"If-Match", tag, "If-None-Match", tag} }, 412},
		{"/2.0/movies/1", func(tag string, _ time.Time) []string { return []string{"If-Match", tag, "If-None-Match", `"x"`} }, 200},
		{"/2.0/movies/1", func(_ string, at time.Time) []string {
			return []string{"If-Unmodified-Since", at.Format(http.TimeFormat)}
		}, 200},
		{"/2.0/movies/1", func(_ string, at time.Time) []string {
			return []string{"If-Unmodified-Since", at.Add(-time.Second).Format(http.TimeFormat)}
		}, 412},
		{"/2.0/series/1", func(_ string, at time.Time) []string {
			return []string{"If-Unmodified-Since", at.Add(-time.Hour).Format(http.TimeFormat)}
		}, 412},
		{"/2.0/movies/1", func(tag string, at time.Time) []string {
			return []string{"If-Match", tag, "If-Unmodified-Since", at.Add(-time.Hour).Format(http.TimeFormat)}
		}, 200},
		{"/2.0/movies/1", func(string, time.Time) []string { return []string{"If-Unmodified-Since", "yesterday"} }, 200},
		{"/2.0/genres/action", func(string, time.Time) []string {
			return []string{"If-Unmodified-Since", time.Unix(0, 0).UTC().Format(http.TimeFormat)}
		}, 200},
		{"/2.0/movies/99", func(string, time.Time) []string { return []string{"If-None-Match", "*"} }, 404},
	} {
		c, _ := seeded(t)
		read := c.get("/2.0/movies/1").want(http.StatusOK)
		at, err := http.ParseTime(read.header.Get("Last-Modified"))
		if err != nil {
			t.Fatal(err)
		}
		headers := s.headers(read.header.Get("Etag"), at)
		noun := strings.TrimSuffix(strings.Split(s.target, "/")[2], "s")
		label := map[string]string{"movie": "title", "serie": "title", "genre": "name"}[noun]
		body := `{"` + noun + `":{"` + label + `":"New"}}`
		if a := c.write("PUT", s.target, body, headers...); a.status != s.status {
			t.Errorf("PUT %s %q: got %d %s, want %d", s.target, headers, a.status, a.body, s.status)
		}
		if s.status == http.StatusPreconditionFailed {
			c.write("DELETE", s.target, "", headers...).refused(http.StatusPreconditionFailed)
		}
	}
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
