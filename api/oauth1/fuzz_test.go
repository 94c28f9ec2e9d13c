package oauth1

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/api/oauth1/signature"
)

// The parameters of a header are the same after they are written and read again.
func FuzzHeader(f *testing.F) {
	for _, e := range append(walkthrough, odd) {
		_, params, _ := strings.Cut(e.header, " ")
		f.Add(params)
	}
	for _, s := range []string{"", ",", `a="b"`, `a="%61",,a=""`, `realm="\"",x="y"`, `realm="`, `a=b`, `="b"`, `a="b" c="d"`, "a=\"\xff\"", `%2C="%22"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		params, err := parseHeader(text)
		if err != nil {
			if reason(t, err) != ParameterRejected {
				t.Fatal(err)
			}
			return
		}
		var parts []string
		for _, p := range params {
			parts = append(parts, fmt.Sprintf(`%s="%s"`, signature.Encode(p.Name), signature.Encode(p.Value)))
		}
		again, err := parseHeader(strings.Join(parts, ", "))
		if err != nil || !slices.Equal(params, again) {
			t.Fatalf("%q: got %v, %v; want %v as in the first reading", text, again, err, params)
		}
	})
}

// A base string has the method, the URI and the parameters of the request, whatever
// their characters. It does not depend on the order and spelling of the query.
func FuzzBaseString(f *testing.F) {
	for _, e := range append(walkthrough, odd) {
		_, query, _ := strings.Cut(e.target, "?")
		f.Add(e.method, query+"&"+e.form)
	}
	f.Add("M&E", "a=b&a-=c&a=%26&&=&x=y=z;&é=%C3%A9&+=%2B")
	f.Fuzz(func(t *testing.T, method, query string) {
		r := httptest.NewRequest(http.MethodGet, "/p%2Fq", nil)
		r.Method, r.RequestURI = method, "/p%2Fq?"+query
		m, err := newFixture(t, "https://api.example.com").Open(r)
		if err != nil {
			return
		}
		base := signature.BaseString(m.method, "https://api.example.com"+m.path, m.params)
		parts := strings.Split(base, "&")
		if len(parts) != 3 {
			t.Fatalf("got %d parts, want 3: %s", len(parts), base)
		}
		for i, want := range []string{strings.ToUpper(method), "https://api.example.com/p%2Fq"} {
			if got, ok := signature.Decode(parts[i]); !ok || got != want {
				t.Fatalf("part %d: got %q, want %q", i, got, want)
			}
		}
		normal, ok := signature.Decode(parts[2])
		if !ok {
			t.Fatal(base)
		}
		compare(t, query, normal)

		slices.Reverse(m.params)
		r.RequestURI = "/p%2Fq?" + normal
		again, err := newFixture(t, "https://api.example.com").Open(r)
		if err != nil || signature.BaseString(m.method, "https://api.example.com"+m.path, m.params) != base || signature.Normalize(again.params) != normal {
			t.Fatalf("another order or spelling of %q changes the base string, %v", query, err)
		}
	})
}

// compare compares the normalized parameters with the query as net/url reads it.
// net/url drops pieces with a semicolon, which are parameters here.
func compare(t *testing.T, query, normal string) {
	t.Helper()
	want, err := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
	if err != nil {
		t.Fatalf("%q: Open accepts it, net/url does not: %v", query, err)
	}
	got, err := url.ParseQuery(normal)
	if err != nil {
		t.Fatal(err)
	}
	delete(want, "oauth_signature")
	for _, values := range []url.Values{want, got} {
		for _, list := range values {
			slices.Sort(list)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}
