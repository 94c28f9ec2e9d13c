package regex_test

import (
	"strings"
	"testing"

	"marquee/search/regex"
)

// formulas are patterns with the formulas that the planner finds.
var formulas = []struct{ pattern, want string }{
	// words, and texts between them
	{`zombie`, `"ZOMBIE"`},
	{`(?i)zombie`, `"ZOMBIE"`},
	{`\bstar\b`, `"STAR"`},
	{`star.*wars`, `"STAR" & "WARS"`},
	{`[Ss]tar.{0,3}wars`, `"STAR" & "WARS"`},
	{`^The .* of`, `"\x1eTHE " & " OF"`},
	{`\w+ of the \w+`, `" OF THE "`},
	{`(?m)^Part (One|Two)$`, `"\nPART ONE\n" | "\nPART ONE\x1e" | "\nPART TWO\n" | "\nPART TWO\x1e" | "\x1ePART ONE\n" | "\x1ePART ONE\x1e" | "\x1ePART TWO\n" | "\x1ePART TWO\x1e"`},
	{`\Qa.b*c\E`, `"A.B*C"`},
	{`(?s)foo.bar`, `"FOO" & "BAR"`},
	{`foo.*foobar`, `"FOOBAR"`}, // the other word is part of it

	// anchors: there is U+001E at each edge of a value, or a line break
	{`^It$`, `"\x1eIT\x1e"`},
	{`(?i)^up`, `"\x1eUP"`},
	{`(?m)II$`, `"II\n" | "II\x1e"`},
	{`\Afoo.*bar\z`, `"\x1eFOO" & "BAR\x1e"`},
	{`(^foo|bar)`, `"\x1eFOO" | "BAR"`},
	{`^(foo|bar)+`, `"\x1eBAR" | "\x1eFOO"`},
	{`(^foo)+`, `"\x1eFOO"`},
	{`^^foo$$`, `"\x1eFOO\x1e"`},
	{`(^foo)?`, `all`},
	{`(?m)\n^foo`, `"\nFOO"`}, // the anchor's line break is the one before it
	{`(?m)foo$\nbar`, `"FOO\nBAR"`},
	{`(?m)^\nfoo`, `"\n\nFOO" | "\x1e\nFOO"`},
	{`^A`, `all`}, // still too short

	// alternatives and options
	{`colou?r`, `"COLOR" | "COLOUR"`},
	{`(foo|bar)baz`, `"BARBAZ" | "FOOBAZ"`},
	{`zomb(ie|i)`, `"ZOMBI"`}, // zombie contains zombi
	{`foo$|^bar`, `"\x1eBAR" | "FOO\x1e"`},
	{`foo(bar.*)?baz`, `"FOO" & "BAZ"`},
	{`foo(|bar|)baz`, `"FOOBARBAZ" | "FOOBAZ"`},
	{`(?i)(star|wars?).*(trek|peace)`, `("STAR" | "WAR") & ("PEACE" | "TREK")`},
	{`(foo.*bar|baz.*qux)end`, `(("FOO" & "BAR") | ("BAZ" & "QUX")) & ("BAREND" | "QUXEND")`},
	{`foo.*(bar|b)`, `"FOO"`}, // b is too short, so the whole choice says nothing

	// repeats
	{`a{3}`, `"AAA"`},
	{`(ab){2,}`, `"ABAB"`},
	{`(ab)+c`, `"ABC"`},
	{`(ab)*cde`, `"CDE"`},
	{`war{2,4}s`, `"WARRRRS" | "WARRRS" | "WARRS"`},
	{`(foo|bar)+baz`, `"BARBAZ" | "FOOBAZ"`},
	{`(foo.*)+bar`, `"FOO" & "BAR"`},
	{`(?:abc){100}`, `"` + strings.Repeat("ABC", 21) + `A"`},

	// classes: small ones are expanded, large ones beside a word are left out
	{`[Kk\x{212A}]ing`, `"KING"`},
	{`198[0-2]`, `"1980" | "1981" | "1982"`},
	{`star[a-z]wars`, `"STAR" & "WARS"`},
	{`.*[a-z]star`, `"STAR"`},
	{`[^a]bcd`, `"BCD"`},
	{`[0-9]{4}s in`, `"0S IN" | "1S IN" | "2S IN" | "3S IN" | "4S IN" | "5S IN" | "6S IN" | "7S IN" | "8S IN" | "9S IN"`},

	// other scripts and their cases
	{`(?i)straße`, `"STRAßE"`},
	{`(?i)ſtar`, `"STAR"`},
	{`Σίσυφος`, `"ΣΊΣΥΦΟΣ"`},
	{`七人の侍`, `"七人の侍"`},
	{`İstanbul`, `"İSTANBUL"`}, // simple folding leaves İ alone

	// nothing usable
	{``, `all`},
	{`x*`, `all`},
	{`.+`, `all`},
	{`a.c.e`, `all`},
	{`\d{4}-\d\d`, `all`},
	{`x.*|foo`, `all`},
	{`(foo)?`, `all`},
	{`((foo)?bar)*z`, `all`},
	{`[^\x00-\x{10FFFF}]`, `none`},
	{`foo.*[^\x00-\x{10FFFF}]`, `none`},

	// literals that engines cannot look up
	{`ab\x00cde`, `"CDE"`},
	{`ab\x00cd`, `all`},
	{`%_\*"\\`, `"%_*\"\\"`},
}

func TestRequiredFormulas(t *testing.T) {
	t.Parallel()
	for _, tt := range formulas {
		r, err := regex.Parse(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		if got := r.Required().String(); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.pattern, got, tt.want)
		}
	}
}

// TestRequiredIsBounded gives the planner more alternatives than a query may have.
func TestRequiredIsBounded(t *testing.T) {
	t.Parallel()
	clause := `[ab][cd][ef].*[gh][ij][kl].*[mn][op][qr].*`
	for _, tt := range []struct {
		pattern  string
		literals int
	}{
		{`star(a|b|c|d|e)(f|g|h|i|j)(k|l|m|n|o)`, 5}, // the third letters are given up
		{`(` + words(60) + `)`, 60},
		{`(` + words(60) + `)[xyz]`, 60},
		{`(` + words(60) + `).*foobar`, 61},
		{`(` + words(50) + `).*([xyz]foo|bar[a-m]).*baz`, 1 + 16}, // the largest member is given up
		{clause + clause + clause + `z`, 24},
		{`[ab][cd][ef].*[gh][ij][kl].*[mn][op][qr].*[st][uv][wx].*[ya][zb][cd].*[eg][fh][ij].*[km][ln][op].*[qs][rt][uv].*[wy][xz][ab]`, 64},
		{`(foo|bar).*(a[0-9]b|c[0-9]d|e[0-9]f|g[0-9]h|i[0-9]j|k[0-9]l|m[0-9]n).*x`, 2},
	} {
		r := parse(t, tt.pattern)
		if got := r.Required().Literals(); got != tt.literals {
			t.Errorf("%s: %d literals, want %d: %s", tt.pattern, got, tt.literals, r.Required())
		}
	}
}

// words returns n alternatives of three letters without a common beginning or end.
func words(n int) string {
	list := make([]string, n)
	for i := range list {
		c := func(k int) string { return string(rune('a' + (i*k+i/26)%26)) }
		list[i] = c(1) + c(3) + c(7)
	}
	return strings.Join(list, "|")
}
