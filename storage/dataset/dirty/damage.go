package dirty

import (
	"regexp"
	"strings"

	"pgregory.net/rapid"
)

// damage returns a row with one damage.
func (c *clean) damage(rt *rapid.T, text string) string {
	kinds := []func(*rapid.T, string) string{insertQuote, removeQuote, c.separator, cut, invalidUTF8, control, number, lineBreak, repeatPart}
	if c.kind == List || c.kind == Lines {
		kinds = append(kinds, bracket, removeBracket)
	}
	return rapid.SampledFrom(kinds).Draw(rt, "kind of damage")(rt, text)
}

// insert inserts a text at any place.
func insert(rt *rapid.T, text, what string) string {
	at := rapid.IntRange(0, len(text)).Draw(rt, "place")
	return text[:at] + what + text[at:]
}

// remove removes any one of the bytes in set.
func remove(rt *rapid.T, text, set string) string {
	var places []int
	for i := range len(text) {
		if strings.IndexByte(set, text[i]) >= 0 {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return text + set[:1]
	}
	at := rapid.SampledFrom(places).Draw(rt, "place")
	return text[:at] + text[at+1:]
}

func insertQuote(rt *rapid.T, text string) string { return insert(rt, text, `"`) }

func removeQuote(rt *rapid.T, text string) string { return remove(rt, text, `"`) }

func (c *clean) separator(rt *rapid.T, text string) string {
	if rapid.Bool().Draw(rt, "separator too many") {
		return insert(rt, text, c.kind.separators()[:1])
	}
	return remove(rt, text, c.kind.separators())
}

func (k Kind) separators() string {
	switch k {
	case CSV:
		return ","
	case TSV:
		return "\t"
	}
	return ",:"
}

// cut cuts a row off.
func cut(rt *rapid.T, text string) string {
	return text[:rapid.IntRange(0, len(text)-1).Draw(rt, "length")]
}

func invalidUTF8(rt *rapid.T, text string) string {
	return insert(rt, text, rapid.SampledFrom([]string{"\xe9", "\xc3", "\xff\xfe", "\xed\xa0\x80"}).Draw(rt, "bytes"))
}

func control(rt *rapid.T, text string) string {
	return insert(rt, text, rapid.SampledFrom([]string{"\x00", "\x1b", "\u2028", "\ufeff", "\u202e"}).Draw(rt, "character"))
}

func lineBreak(rt *rapid.T, text string) string {
	return insert(rt, text, rapid.SampledFrom([]string{"\n", "\r", "\r\n", "\n\n"}).Draw(rt, "line break"))
}

// repeatPart writes a part of the row twice.
func repeatPart(rt *rapid.T, text string) string {
	from := rapid.IntRange(0, len(text)).Draw(rt, "from")
	to := rapid.IntRange(from, len(text)).Draw(rt, "to")
	return text[:to] + text[from:]
}

func bracket(rt *rapid.T, text string) string {
	return insert(rt, text, rapid.SampledFrom([]string{"{", "}", "[", "]"}).Draw(rt, "bracket"))
}

func removeBracket(rt *rapid.T, text string) string { return remove(rt, text, "{}[]") }

var numbers = regexp.MustCompile(`[0-9]+`)

// number puts a number out of range in place of another.
func number(rt *rapid.T, text string) string {
	places := numbers.FindAllStringIndex(text, -1)
	value := rapid.SampledFrom([]string{"-1", "0", "999999999999999999", "9223372036854775807", "9223372036854775808", "1e400", "1.5", "00", "NaN", "12x"}).Draw(rt, "number")
	if len(places) == 0 {
		return text + value
	}
	at := rapid.SampledFrom(places).Draw(rt, "place")
	return text[:at[0]] + value + text[at[1]:]
}
