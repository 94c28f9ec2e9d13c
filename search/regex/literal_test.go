package regex_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"marquee/search/regex"
	"marquee/storage/textform"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ pattern, needle string }{
		{`film`, "film"},
		{`(?i)film`, "FILM"},
		{`^The `, "\x1eThe "},
		{`\AIt\z`, "\x1eIt\x1e"},
		{`It$`, "It\x1e"},
		{`(?i)^it$`, "\x1eIT\x1e"},
		{`100%`, "100%"},
		{`(?i)100%`, "100%"},
		{`\Qa.b*c\E`, "a.b*c"},
		{`(film)`, "film"},
		{`(?:fi)(lm)`, "film"},
		{`[Ff]ilm`, ""}, // partly without case
		{`(?i:1 )film`, "1 film"},
		{`(?i:f)ilm`, ""},
		{`a\nb`, "a\nb"},
		{`\x{2603}`, "☃"},
		{"Zoe\u0308", "Zo\u00eb"},
		{`Zoe\x{308}`, "Zoe\u0308"}, // an escape means what it says
		{"(?i)αι", "Α\u0345"},       // (?i) writes ι as a mark, which does not join the α
		{`\x1e`, ""}, {`�`, ""}, {`\x00`, ""},
		{``, ""}, {`^`, ""}, {`^$`, ""},
		{`(?m)^It`, ""}, {`(?m)It$`, ""},
		{`fil.`, ""}, {`film?`, ""}, {`film|movie`, ""}, {`\bfilm`, ""}, {`film$x`, ""}, {`x^film`, ""}, {`(film)+`, ""},
	} {
		p, ok := parse(t, tt.pattern).Plain()
		switch {
		case ok != (tt.needle != ""):
			t.Errorf("%+q: plain is %v", tt.pattern, ok)
		case ok && p.Needle() != tt.needle:
			t.Errorf("%+q: got %+q, want %+q", tt.pattern, p.Needle(), tt.needle)
		}
	}
}

// difficult are characters that combine, fold in a special way, or stand for edges.
var difficult = []rune("eEë\u0308\u0301\u0345ιΑαᾳkK\u212aåÅ\u212bsſßﬁ \n\x1e\ufffd%_\\.가ᄀ\u1161\u0958")

// A plain expression matches the values that contain its needle, an expression in NFD
// the same values as in NFC, and a value in NFD the same expressions as in NFC.
func TestPlainIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom(difficult), 1, 4, -1).Draw(rt, "text")
		value := rapid.StringOfN(rapid.SampledFrom(difficult), 0, 3, -1).Draw(rt, "before") + rapid.SampledFrom([]string{"", text, norm.NFD.String(text), strings.ToUpper(text)}).Draw(rt, "middle") +
			rapid.StringOfN(rapid.SampledFrom(difficult), 0, 3, -1).Draw(rt, "after")
		pattern := rapid.SampledFrom([]string{"", "(?i)"}).Draw(rt, "fold") + rapid.SampledFrom([]string{"", "^"}).Draw(rt, "start") + regexp.QuoteMeta(text) + rapid.SampledFrom([]string{"", "$"}).Draw(rt, "end")
		r := parse(t, pattern)
		matches := r.MatchString(value)
		if p, ok := r.Plain(); ok {
			form := textform.Raw("7", value, "9")
			if p.Fold {
				form = textform.Canon(form)
			}
			if strings.Contains(form, p.Needle()) != matches {
				rt.Fatalf("%+q matches %+q: %v, but not the index", pattern, value, matches)
			}
		}
		if matches && !satisfies(r, value) {
			rt.Fatalf("%+q matches %+q, but not %s", pattern, value, r.Required())
		}
		if composed := norm.NFC.String(value); r.MatchString(composed) != matches || r.MatchString(norm.NFD.String(value)) != matches {
			rt.Fatalf("%+q matches %+q in one form only", pattern, value)
		}
		if same := parse(t, norm.NFC.String(pattern)); same.MatchString(value) != matches {
			rt.Fatalf("%+q and %+q differ on %+q", pattern, same, value)
		}
		ok, err := r.Verify(value, regex.NewBudget(1<<30))
		if err != nil || ok != matches {
			rt.Fatalf("Verify(%+q) = %v, %v", value, ok, err)
		}
	})
}
