package edit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
)

func TestCheckAcceptsScalars(t *testing.T) {
	t.Parallel()
	type dec = storage.Decimal
	tests := []struct {
		noun        *storage.Noun
		field, json string
		want        any
	}{
		{storage.Movie, "title", `"M"`, "M"},
		{storage.Movie, "title", `" kept as written "`, " kept as written "},
		{storage.Movie, "title", quoted("a", 500), strings.Repeat("a", 500)},
		{storage.Movie, "title", quoted("é", 500), strings.Repeat("é", 500)},
		{storage.Movie, "title", quoted("😀", 500), strings.Repeat("😀", 500)},
		{storage.Movie, "title", `null`, nil},
		{storage.Movie, "description", `""`, ""},
		{storage.Movie, "description", quoted("ß", 20000), strings.Repeat("ß", 20000)},
		{storage.Movie, "description", `"a\n\tb\u0001\u2028<>&"`, "a\n\tb\u0001\u2028<>&"},
		{storage.Genre, "name", quoted("n", 200), strings.Repeat("n", 200)},
		{storage.Movie, "release_year", `1800`, int64(1800)},
		{storage.Movie, "release_year", `2999`, int64(2999)},
		{storage.Movie, "release_month", `1`, int64(1)},
		{storage.Movie, "release_month", `12`, int64(12)},
		{storage.Movie, "duration", `0`, int64(0)},
		{storage.Season, "number", `0`, int64(0)},
		{storage.Season, "number", `-0`, int64(0)},
		{storage.Movie, "imdb_rating", `0`, dec(0)},
		{storage.Movie, "imdb_rating", `0.0`, dec(0)},
		{storage.Movie, "imdb_rating", `-0.0`, dec(0)},
		{storage.Movie, "imdb_rating", `7`, dec(70)},
		{storage.Movie, "imdb_rating", `7.2`, dec(72)},
		{storage.Movie, "imdb_rating", `7.20`, dec(72)},
		{storage.Movie, "imdb_rating", `7.2000000000000000000`, dec(72)},
		{storage.Movie, "imdb_rating", `10.0`, dec(100)},
		{storage.Movie, "imdb_rating", `10`, dec(100)},
		{storage.Movie, "recommended", `true`, true},
		{storage.Movie, "recommended", `false`, false},
		{storage.Person, "birth_date", `"2024-02-29"`, "2024-02-29"},
		{storage.Person, "birth_date", `"1899-12-31"`, "1899-12-31"},
		{storage.Movie, "mpaa", `"NC-17"`, "NC-17"},
		{storage.Movie, "imdb_id", `"tt0133093"`, "tt0133093"},
		{storage.Movie, "imdb_id", `"tt123456789"`, "tt123456789"},
		{storage.Person, "imdb_id", `"nm1"`, "nm1"},
		{storage.Person, "imdb_id", `"nm0000206"`, "nm0000206"},
		{storage.Movie, "magnet_hash", quoted("aF", 20), strings.Repeat("aF", 20)},
		{storage.Movie, "magnet_hash", quoted("Z7", 16), strings.Repeat("Z7", 16)},
	}
	for _, tt := range tests {
		e := check(t, tt.noun, `{"`+tt.field+`":`+tt.json+`}`)
		if len(e.Faults) > 0 {
			t.Errorf("%s %.40s: %s", tt.field, tt.json, describe(e.Faults))
			continue
		}
		if diff := cmp.Diff(map[string]any{tt.field: tt.want}, e.Values); diff != "" {
			t.Errorf("%s %.40s (-want +got):\n%s", tt.field, tt.json, diff)
		}
	}
}

func TestCheckRefusesScalars(t *testing.T) {
	t.Parallel()
	tests := []struct {
		noun                *storage.Noun
		field, json, reason string
	}{
		{storage.Movie, "title", `""`, "blank"},
		{storage.Movie, "title", `" \t\u3000"`, "blank"},
		{storage.Movie, "title", `"\u200b \u2060\ufeff\u00ad\u3164\u2800\ufe0f"`, "blank"},
		{storage.Movie, "title", quoted("a", 501), "1 to 500 characters, it has 501"},
		{storage.Movie, "title", quoted("é", 501), "it has 501"},
		{storage.Movie, "title", quoted("😀", 501), "it has 501"},
		{storage.Movie, "title", `"a\u0000b"`, "NUL"},
		{storage.Movie, "title", `7`, "a text"},
		{storage.Movie, "title", `true`, "a text"},
		{storage.Movie, "title", `["M"]`, "a text"},
		{storage.Movie, "title", `{"name":"M"}`, "a text"},
		{storage.Movie, "description", quoted("a", 20001), "it has 20001"},
		{storage.Genre, "name", quoted("n", 201), "it has 201"},
		{storage.Movie, "release_year", `1799`, "from 1800 to 2999"},
		{storage.Movie, "release_year", `3000`, "from 1800 to 2999"},
		{storage.Movie, "release_year", `1999.5`, "from 1800 to 2999"},
		{storage.Movie, "release_year", `19995e-1`, "from 1800 to 2999"},
		{storage.Movie, "release_year", `99999999999999999999`, "a whole number"},
		{storage.Movie, "release_year", `1e999`, "from 1800 to 2999"},
		{storage.Movie, "release_year", `1e99999999999999999999`, "from 1800 to 2999"},
		{storage.Movie, "release_year", `"1999"`, "a whole number"},
		{storage.Movie, "release_year", `false`, "a whole number"},
		{storage.Movie, "release_month", `0`, "from 1 to 12"},
		{storage.Movie, "release_month", `13`, "from 1 to 12"},
		{storage.Movie, "duration", `-1`, "a whole number"},
		{storage.Season, "number", `-1`, "a whole number"},
		{storage.Season, "number", `7.5`, "a whole number"},
		{storage.Season, "number", `1e6`, "a whole number"},
		{storage.Season, "number", `[]`, "a whole number"},
		{storage.Movie, "imdb_rating", `7.25`, "one decimal"},
		{storage.Movie, "imdb_rating", `7.05`, "one decimal"},
		{storage.Movie, "imdb_rating", `10.1`, "0.0 to 10.0"},
		{storage.Movie, "imdb_rating", `10.00000001`, "0.0 to 10.0"},
		{storage.Movie, "imdb_rating", `11`, "0.0 to 10.0"},
		{storage.Movie, "imdb_rating", `-0.1`, "0.0 to 10.0"},
		{storage.Movie, "imdb_rating", `-1`, "0.0 to 10.0"},
		{storage.Movie, "imdb_rating", `725e-2`, "one decimal"},
		{storage.Movie, "imdb_rating", `1e-400`, "one decimal"},
		{storage.Movie, "imdb_rating", `99999999999999999999`, "a number"},
		{storage.Movie, "imdb_rating", `"7.2"`, "a number"},
		{storage.Movie, "recommended", `"true"`, "true or false"},
		{storage.Movie, "recommended", `1`, "true or false"},
		{storage.Movie, "recommended", `{}`, "true or false"},
		{storage.Person, "birth_date", `"2024-02-30"`, "yyyy-mm-dd"},
		{storage.Person, "birth_date", `"1900-02-29"`, "yyyy-mm-dd"},
		{storage.Person, "birth_date", `"2024-13-01"`, "yyyy-mm-dd"},
		{storage.Person, "birth_date", `"2024-2-1"`, "yyyy-mm-dd"},
		{storage.Person, "birth_date", `"2024-02-01T00-00"`, "yyyy-mm-dd"},
		{storage.Person, "birth_date", `" 2024-02-01"`, "yyyy-mm-dd"},
		{storage.Person, "birth_date", `""`, "yyyy-mm-dd"},
		{storage.Person, "birth_date", `20240201`, "yyyy-mm-dd"},
		{storage.Movie, "mpaa", `"X-17"`, "one of G, PG, PG-13, R, NC-17, NR"},
		{storage.Movie, "mpaa", `""`, "one of"},
		{storage.Movie, "mpaa", `13`, "one of"},
		{storage.Movie, "imdb_id", `"tt012345"`, "tt and 7 to 9 digits"},
		{storage.Movie, "imdb_id", `"tt1234567890"`, "tt and 7 to 9 digits"},
		{storage.Movie, "imdb_id", `"nm0000206"`, "tt and 7 to 9 digits"},
		{storage.Movie, "imdb_id", `"TT0133093"`, "tt and 7 to 9 digits"},
		{storage.Movie, "imdb_id", `"tt0133093\n"`, "tt and 7 to 9 digits"},
		{storage.Movie, "imdb_id", `"tt01३३0933"`, "tt and 7 to 9 digits"},
		{storage.Movie, "imdb_id", `133093`, "tt and 7 to 9 digits"},
		{storage.Person, "imdb_id", `"nm"`, "nm and digits"},
		{storage.Person, "imdb_id", `"tt0000206"`, "nm and digits"},
		{storage.Movie, "magnet_hash", quoted("a", 39), "40 hexadecimal or 32 base32"},
		{storage.Movie, "magnet_hash", quoted("a", 41), "40 hexadecimal or 32 base32"},
		{storage.Movie, "magnet_hash", quoted("g", 40), "40 hexadecimal or 32 base32"},
		{storage.Movie, "magnet_hash", quoted("a", 31), "40 hexadecimal or 32 base32"},
		{storage.Movie, "magnet_hash", quoted("1", 32), "40 hexadecimal or 32 base32"},
		{storage.Movie, "id", `7`, "a text"},
		{storage.Movie, "likes", `"5"`, "a whole number"},
		{storage.Movie, "likes", `1000000000000000000`, "must be a whole number from 0 to 9007199254740991"},
		{storage.Movie, "added", `"2024-01-02T03:04"`, "yyyy-mm-ddThh-mm-ss"},
		{storage.Movie, "modified", `0`, "yyyy-mm-ddThh-mm-ss"},
		{storage.Movie, "snippet", `["s"]`, "a text"},
	}
	for _, tt := range tests {
		e := check(t, tt.noun, `{"`+tt.field+`":`+tt.json+`}`)
		wantFaults(t, e.Faults, "/"+tt.field+" "+tt.reason)
		if len(e.Values)+len(e.Asserted) > 0 {
			t.Errorf("%s %.40s: refused, but got the values %v and %v", tt.field, tt.json, e.Values, e.Asserted)
		}
	}
}

// web_links accepts any key, so only the URL can be at fault.
func TestCheckAcceptsAbsoluteURLs(t *testing.T) {
	t.Parallel()
	const site = "https://example.org/"
	for _, url := range []string{
		"http://example.org", "https://example.org/", "https://example.org:8443/a/b.jpg?c=d&e=%20#f", "http://127.0.0.1:80",
		"HTTPS://example.org/", "Http://example.org:65535", "http://example.org:/",
		"http://[::1]/", "https://user@example.org/", "https://bücher.example/é", "http://localhost?q", "http://localhost#f",
		site + strings.Repeat("a", 2048-len(site)), site + strings.Repeat("é", 2048-len(site)),
	} {
		wantFaults(t, check(t, storage.Movie, `{"web_links":{"page":"`+url+`"}}`).Faults)
	}
}

func TestCheckRefusesOtherTextsThanAbsoluteURLs(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", " ", "/a.jpg", "a.jpg", "//example.org/", "example.org", "ftp://example.org/", "javascript:alert(1)", "mailto:a@example.org",
		"data:text/plain,a", "file:///etc/passwd", "http:", "http:/", "http://", "http:///a", "http://?q", "http://#f", "https:example.org",
		" http://example.org/", "http://example.org/ ", "http://example.org/a b", "http://exam ple.org/", `http://example.org/\n`, `http://example.org/\ta`,
		"xhttp://example.org/", `http://example.org/\u0000`,
	} {
		wantFaults(t, check(t, storage.Movie, `{"web_links":{"page":"`+url+`"}}`).Faults, "/web_links/page ")
	}
}

// These texts begin like a URL, but no client can open them.
func TestCheckRefusesMalformedURLs(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"http://example.org:65536/", "http://example.org:99999999999999999999/", "http://./", "https://...:80/",
		"http://:80/", "http://[::1/", "http://example.org:port/", "http://example.org/%zz", "http://%zz/", `http://example.org/\u0007`, `http://exam\u00a0ple.org/`,
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			wantFaults(t, check(t, storage.Movie, `{"web_links":{"page":"`+url+`"}}`).Faults, "/web_links/page an absolute http or https URL")
		})
	}
}

func TestCheckBoundsTheLengthOfURLs(t *testing.T) {
	t.Parallel()
	const site = "https://example.org/"
	e := check(t, storage.Movie, `{"web_links":{"page":"`+site+strings.Repeat("a", 2049-len(site))+`"}}`)
	wantFaults(t, e.Faults, "/web_links/page ")
}

func TestFaultsHaveTheValueAndTheRepair(t *testing.T) {
	t.Parallel()
	tests := []struct {
		json string
		want storage.Fault
	}{
		{`{"imdb_id":"x"}`, storage.Fault{Pointer: "/imdb_id", Value: "x", Reason: "must be tt and 7 to 9 digits", Allowed: "tt and 7 to 9 digits"}},
		{`{"mpaa":"pg13"}`, storage.Fault{Pointer: "/mpaa", Value: "pg13", Reason: "must be one of G, PG, PG-13, R, NC-17, NR", Nearest: "PG-13"}},
		{`{"title":{}}`, storage.Fault{Pointer: "/title", Value: "an object", Reason: "must be a text of 1 to 500 characters"}},
		{`{"duration":[1]}`, storage.Fault{Pointer: "/duration", Value: "a list", Reason: "must be a whole number from 0 to 100000"}},
		{`{"imdb_rating":7.25}`, storage.Fault{Pointer: "/imdb_rating", Value: "7.25", Reason: "must be a number from 0.0 to 10.0 with at most one decimal"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff([]storage.Fault{tt.want}, check(t, storage.Movie, tt.json).Faults); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.json, diff)
		}
	}
}

func TestFaultsCutLongValues(t *testing.T) {
	t.Parallel()
	e := check(t, storage.Movie, `{"title":`+quoted("é", 100000)+`}`)
	wantFaults(t, e.Faults, "/title it has 100000")
	if v := []rune(e.Faults[0].Value); len(v) > 80 || v[len(v)-1] != '…' {
		t.Errorf("got a value of %d characters that ends in %q, want 80 and an ellipsis", len(v), v[len(v)-1])
	}
}
