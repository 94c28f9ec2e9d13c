package regex_test

import (
	"strings"
	"testing"

	"marquee/search/regex"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ pattern, says string }{
		"length":         {strings.Repeat("a", 257), "257 bytes, at most 256"},
		"length in text": {strings.Repeat("é", 129), "258 bytes, at most 256"},
		"UTF-8":          {"a\xffb", "invalid UTF-8"},
		"NUL":            {"a\x00b", "NUL"},
		"parenthesis":    {"(abc", "missing closing ): `(abc`"},
		"nothing before": {"*a", "missing argument to repetition operator: `*`"},
		"lookahead":      {"a(?=b)", "invalid or unsupported Perl syntax: `(?=`"},
		"back reference": {`(a)\1`, "invalid escape sequence: `\\1`"},
		"class":          {"[z-a]", "invalid character class range: `z-a`"},
		"count":          {"a{1001}", "invalid repeat count: `{1001}`"},
		"nested counts":  {"(?:(?:a{10}){11}){11}", "invalid repeat count: `{11}`"},
		"instructions":   {"(.{1,100}){1,9}z", "1820 instructions, more than the 500"},
		"501":            {"a{499}", "501 instructions, more than the 500"},
		"far too many":   {"(" + strings.Repeat("a*b|", 60) + "c){1000}", "far more than the 500"},
		"many repeats":   {strings.Repeat("(?:a?){1000}", 20), "far more than the 500"},
		"many classes":   {strings.Repeat(`\pL{1000}`, 28), "far more than the 500"},
	} {
		if _, err := regex.Parse(tt.pattern); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %s", name, err, tt.says)
		}
	}
}

func TestParseAccepts(t *testing.T) {
	t.Parallel()
	for name, pattern := range map[string]string{
		"256 bytes":        strings.Repeat("a", 256),
		"256 bytes of UTF": strings.Repeat("é", 128),
		"500 instructions": "a{498}",
		"nested counts":    "(?:(?:a{7}){7}){10}",
		"huge classes":     strings.Repeat(`[\pL\d]`, 36),
		"negated classes":  strings.Repeat(`[^a]`, 64),
		"any":              strings.Repeat(`.`, 256),
		"nested groups":    strings.Repeat("(", 120) + "abc" + strings.Repeat(")", 120),
		"options":          strings.Repeat("a?", 128),
		"empty choices":    strings.Repeat("(|)", 85),
		"empty":            "",
	} {
		r, err := regex.Parse(pattern)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if r.String() != pattern {
			t.Errorf("%s: String gives %q", name, r)
		}
	}
}

// costly are patterns that are expensive to plan or to match.
var costly = map[string]string{
	"classes crossed":  strings.Repeat("[a-p]", 51),
	"classes spread":   strings.Repeat("[a-p]..", 36),
	"letters":          strings.Repeat("[abc]", 51),
	"choices":          strings.Repeat("(abc|def|ghi|jkl)", 15),
	"choices spread":   strings.Repeat("(ab|de|gh|jk).*", 17),
	"options":          strings.Repeat("ab?", 85),
	"words":            "(" + words(60) + ")",
	"nested":           strings.Repeat("(a|b.*", 36) + strings.Repeat(")", 36),
	"nested repeats":   strings.Repeat("(?:abc.*", 25) + strings.Repeat(")+", 25),
	"long repeats":     "(abcdefgh[a-p]){40}",
	"long alternates":  "(a{90}|b{90}|c{90}|d{90})*",
	"spread alternate": strings.Repeat("([ab][cd][ef].*|", 15) + strings.Repeat(")", 15),
	"unicode classes":  strings.Repeat(`\pL`, 85),
	"folded classes":   "(?i)" + strings.Repeat(`\pL`, 84),
}

// TestParseIsBounded bounds the allocations of planning, far below those without a bound:
// on a busy machine, time is no measure. It is not parallel, because the allocations of
// other tests would count.
func TestParseIsBounded(t *testing.T) {
	for name, pattern := range costly {
		allocs := testing.AllocsPerRun(1, func() {
			if _, err := regex.Parse(pattern); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		if t.Logf("%-16s %6.0f", name, allocs); allocs > 50_000 {
			t.Errorf("%s: %.0f allocations", name, allocs)
		}
	}
}
