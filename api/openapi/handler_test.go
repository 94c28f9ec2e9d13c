package openapi_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"marquee/api/openapi"
)

// fetch sends a request to Mount before a handler that answers 418.
func fetch(method, target string, pairs ...string) *httptest.ResponseRecorder {
	teapot := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	w := httptest.NewRecorder()
	openapi.Mount(teapot).ServeHTTP(w, request(method, target, "", pairs...))
	return w
}

func TestMountServesDocument(t *testing.T) {
	t.Parallel()
	r := fetch("GET", "/openapi.json")
	if !bytes.Equal(r.Body.Bytes(), openapi.Document()) || r.Code != http.StatusOK {
		t.Errorf("got %d, want 200 and the document", r.Code)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Access-Control-Allow-Origin": "*", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff",
	} {
		if got := r.Header().Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if r.Header().Get("Cache-Control") == "" || r.Header().Get("Etag") == "" {
		t.Errorf("got the headers %v, want Cache-Control and Etag", r.Header())
	}
	if again := fetch("GET", "/openapi.json", "If-None-Match", r.Header().Get("Etag")); again.Code != http.StatusNotModified {
		t.Errorf("If-None-Match: got %d, want 304", again.Code)
	}
	if head := fetch("HEAD", "/openapi.json"); head.Code != http.StatusOK || head.Header().Get("Etag") != r.Header().Get("Etag") {
		t.Errorf("HEAD: got %d %v, want 200 with the same Etag", head.Code, head.Header())
	}
}

// Conditions and ranges are answered in the usual form: a failed condition with a problem,
// a range, of any form, with the whole file.
func TestMountEvaluatesConditions(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/openapi.json", "/docs"} {
		whole := fetch("GET", target)
		tag := whole.Header().Get("Etag")
		for _, c := range []struct {
			name, value string
			status      int
		}{
			{"If-Match", tag, 200}, {"If-Match", "*", 200}, {"If-Match", `"x"`, 412}, {"If-Match", "W/" + tag, 412},
			{"If-None-Match", tag, 304}, {"If-None-Match", "*", 304}, {"If-None-Match", `"x"`, 200},
			{"If-Unmodified-Since", "Sat, 01 Nov 2025 10:00:00 GMT", 200}, {"If-Modified-Since", "Sat, 01 Nov 2025 10:00:00 GMT", 200},
			{"Range", "bytes=0-9", 200}, {"Range", "bytes=99999999-", 200}, {"Range", "bytes=5-x", 200},
		} {
			r := fetch("GET", target, c.name, c.value)
			if r.Code != c.status {
				t.Errorf("%s with %s: %s: got %d, want %d", target, c.name, c.value, r.Code, c.status)
			}
			body := r.Body.String()
			switch head := fetch("HEAD", target, c.name, c.value); {
			case head.Code != r.Code:
				t.Errorf("HEAD %s with %s: %s: got %d, want %d", target, c.name, c.value, head.Code, r.Code)
			case r.Code == 200 && body != whole.Body.String(), r.Code == 304 && body != "":
				t.Errorf("%s with %s: %s: got %.80q", target, c.name, c.value, body)
			case r.Code == 412 && (r.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(body, "/problems/precondition-failed")):
				t.Errorf("%s with %s: %s: got %v %s", target, c.name, c.value, r.Header(), body)
			}
		}
	}
}

// All replies allow scripts of all origins, including errors.
func TestMountAllowsAllOrigins(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/openapi.json", "/docs", "/docs/none"} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
			if r := fetch(method, target); r.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s %s: got %d %v, want Access-Control-Allow-Origin: *", method, target, r.Code, r.Header())
			}
		}
	}
}

func TestMountCompresses(t *testing.T) {
	t.Parallel()
	plain := fetch("GET", "/openapi.json")
	for accept, want := range map[string]string{
		"gzip": "gzip", "br, GZIP;q=0.5": "gzip", "gzip;q=0": "", "gzip; q=0.0": "", "br": "", "": "",
	} {
		r := fetch("GET", "/openapi.json", "Accept-Encoding", accept)
		if got := r.Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: got Content-Encoding %q, want %q", accept, got, want)
		}
		if want == "" {
			continue
		}
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(z); err != nil || !bytes.Equal(data, openapi.Document()) {
			t.Errorf("Accept-Encoding %q: the unpacked body is not the document, %v", accept, err)
		}
		if r.Header().Get("Etag") == plain.Header().Get("Etag") {
			t.Error("the plain and the gzipped document have the same entity tag")
		}
	}
}

func TestMountPassesOtherPaths(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]int{
		"/openapi.json": 200, "/docs": 200, "/docs/": 301, "/docs/docs.js": 200, "/docs/nothing": 404, "/docs/../2.0/movies": 404,
		"/": 418, "/2.0/movies": 418, "//docs": 418, "/docsy": 418, "/openapi.json/": 418,
	} {
		if r := fetch("GET", target); r.Code != want {
			t.Errorf("%s: got %d, want %d", target, r.Code, want)
		}
	}
	for _, target := range []string{"/openapi.json", "/docs"} {
		r := fetch("POST", target)
		if r.Code != http.StatusMethodNotAllowed || r.Header().Get("Allow") != "GET, HEAD, OPTIONS" || r.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("POST %s: got %d %v, want 405 with Allow", target, r.Code, r.Header())
		}
		problem := r.Body.Bytes()
		if err := load(t).Components.Schemas["Problem"].Value.VisitJSON(decode(t, problem)); err != nil || r.Header().Get("X-Request-Id") == "" {
			t.Errorf("POST %s: got %s, %v; want a problem with a request id", target, problem, err)
		}
		if o := fetch("OPTIONS", target); o.Code != http.StatusNoContent || o.Header().Get("Allow") == "" {
			t.Errorf("OPTIONS %s: got %d %v, want 204 with Allow", target, o.Code, o.Header())
		}
	}
}

// links matches the files that a page or a style sheet loads.
var links = regexp.MustCompile(`(?:src|href)="([^"]*)"|url\(([^)]*)\)|@import\s+([^;]+)`)

func TestDocsLoadFromNoOtherHost(t *testing.T) {
	t.Parallel()
	html := fetch("GET", "/docs")
	policy := html.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || regexp.MustCompile(`https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline`).MatchString(policy) {
		t.Errorf("got the policy %q, want one that allows only the own origin", policy)
	}
	page := html.Body.String()
	if regexp.MustCompile(`<script>|<style|\son[a-z]+=`).MatchString(page) {
		t.Error("the page has inline code, which its policy blocks")
	}
	sources := page
	for _, m := range links.FindAllStringSubmatch(page, -1) {
		r := fetch("GET", "/"+m[1])
		if r.Code != http.StatusOK {
			t.Errorf("%s, a file of the page: got %d, want 200", m[1], r.Code)
		}
		if strings.HasSuffix(m[1], ".css") {
			sources += r.Body.String()
		}
	}
	for _, m := range links.FindAllStringSubmatch(sources, -1) {
		target := strings.Trim(m[1]+m[2]+m[3], `"' `)
		if strings.Contains(target, "//") && !strings.HasPrefix(target, "data:") {
			t.Errorf("the page loads %.80s, want only files of its own host", target)
		}
	}
}
