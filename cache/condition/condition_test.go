package condition

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

const (
	current  = `"5-abc-gzip"`
	modified = "Sat, 01 Nov 2025 10:00:00 GMT"
	earlier  = "Sat, 01 Nov 2025 09:59:59 GMT"
	later    = "Sun, 02 Nov 2025 10:00:00 GMT"
)

// Tags are compared weakly for If-None-Match and strongly for If-Match.
func TestTags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values       []string
		weak, strong bool
	}{
		{[]string{`"5-abc-gzip"`}, true, true},
		{[]string{`W/"5-abc-gzip"`}, true, false}, // proxies that encode weaken tags
		{[]string{`"x", "5-abc-gzip"`}, true, true},
		{[]string{`W/"5-abc-gzip", "5-abc-gzip"`}, true, true},
		{[]string{`"x" , W/"5-abc-gzip" ,"y"`}, true, false},
		{[]string{`"x"`, `"5-abc-gzip"`}, true, true},
		{[]string{`, ,"5-abc-gzip"`}, true, true},
		{[]string{`*`}, true, true},
		{[]string{` * `}, true, true},
		{[]string{`"a,b", "5-abc-gzip"`}, true, true}, // a comma inside a tag
		{[]string{`"5-abc"`}, false, false},           // the tag of another encoding
		{[]string{`5-abc-gzip`}, false, false},
		{[]string{`"5-abc-gzip`}, false, false},
		{[]string{`w/"5-abc-gzip"`}, false, false},
		{[]string{`"x" "5-abc-gzip"`}, false, false},
		{[]string{`"x y", "5-abc-gzip"`}, false, false},
		{[]string{``}, false, false},
		{[]string{`"x", *`}, false, false},
	} {
		if got := has(c.values, current, true); got != c.weak {
			t.Errorf("%q, weakly: got %v, want %v", c.values, got, c.weak)
		}
		if got := has(c.values, current, false); got != c.strong {
			t.Errorf("%q, strongly: got %v, want %v", c.values, got, c.strong)
		}
	}
}

// OfRead evaluates the conditions in the order of RFC 9110, section 13.2.2.
func TestOfRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		headers []string // names and values
		want    Outcome
		bare    Outcome // without a tag and a date
	}{
		{"nothing", nil, Met, Met},
		{"same tag", []string{"If-None-Match", current}, NotModified, Met},
		{"other tag", []string{"If-None-Match", `"x"`}, Met, Met},
		{"any tag", []string{"If-None-Match", "*"}, NotModified, NotModified},
		{"other tag, same time", []string{"If-None-Match", `"x"`, "If-Modified-Since", modified}, Met, Met},
		{"same time", []string{"If-Modified-Since", modified}, NotModified, Met},
		{"not modified since later", []string{"If-Modified-Since", later}, NotModified, Met},
		{"modified since", []string{"If-Modified-Since", earlier}, Met, Met},
		{"no date", []string{"If-Modified-Since", "yesterday"}, Met, Met},
		{"two dates", []string{"If-Modified-Since", modified, "If-Modified-Since", modified}, Met, Met},
		{"match", []string{"If-Match", current}, Met, Failed},
		{"match any", []string{"If-Match", "*"}, Met, Met},
		{"match none", []string{"If-Match", `"x"`}, Failed, Failed},
		{"match weak", []string{"If-Match", "W/" + current}, Failed, Failed},
		{"match malformed", []string{"If-Match", "5-abc-gzip"}, Failed, Failed},
		{"unmodified since", []string{"If-Unmodified-Since", modified}, Met, Met},
		{"modified after all", []string{"If-Unmodified-Since", earlier}, Failed, Met},
		{"unmodified since a list", []string{"If-Unmodified-Since", earlier, "If-Unmodified-Since", earlier}, Met, Met},
		{"unmodified since no date", []string{"If-Unmodified-Since", "2025-11-01"}, Met, Met},
		{"match takes precedence", []string{"If-Match", current, "If-Unmodified-Since", earlier}, Met, Failed},
		{"match, then none match", []string{"If-Match", current, "If-None-Match", current}, NotModified, Failed},
		{"failed, then none match", []string{"If-Match", `"x"`, "If-None-Match", current}, Failed, Failed},
		{"unmodified, then modified", []string{"If-Unmodified-Since", later, "If-Modified-Since", later}, NotModified, Met},
		{"failed date, then none match", []string{"If-Unmodified-Since", earlier, "If-None-Match", current}, Failed, Met},
	} {
		header := http.Header{}
		for pair := range slices.Chunk(c.headers, 2) {
			header.Add(pair[0], pair[1])
		}
		if got := OfRead(header, current, modified); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		if got := OfRead(header, "", ""); got != c.bare {
			t.Errorf("%s, of an answer without tag and date: got %v, want %v", c.name, got, c.bare)
		}
	}
}

// Evaluating conditions of a hit allocates nothing.
func TestOfReadDoesNotAllocate(t *testing.T) {
	header := http.Header{"If-None-Match": {`"x", W/` + current}} // not parallel: allocations of other tests would count
	if n := testing.AllocsPerRun(100, func() { OfRead(header, current, modified) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func FuzzTags(f *testing.F) {
	for _, seed := range []string{`"a", W/"b"`, `*`, `"`, `W/`, `"a" "b"`, `,,"a"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if has([]string{value}, "", true) && strings.Trim(value, " \t") != "*" {
			t.Errorf("%q matches a response without a tag", value)
		}
	})
}
