package spelling

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// nearestCode returns the two-letter code of a name: its first subtag (pt-BR, en_US), or
// the code for the same language or country in three letters (fra, USA). It is "" if there is
// none. Any two letters are close to a dozen codes, so it does not compare letters.
func nearestCode(name string, codes []string) string {
	first, _, _ := strings.Cut(strings.ReplaceAll(name, "_", "-"), "-")
	if i := slices.IndexFunc(codes, func(c string) bool { return strings.EqualFold(c, first) }); i >= 0 {
		return codes[i]
	}
	code := ""
	if isCountry(codes[0]) {
		region, err := language.ParseRegion(first)
		if err == nil {
			code = region.Canonicalize().String() // UK is GB
		}
	} else if base, err := language.ParseBase(first); err == nil {
		code = base.String()
	}
	if slices.Contains(codes, code) {
		return code
	}
	return ""
}

// areCodes reports whether all candidates are codes of languages or countries.
func areCodes(candidates []string) bool {
	return len(candidates) > 0 && !slices.ContainsFunc(candidates, func(c string) bool { return len(c) != 2 })
}

// isCountry reports whether a code is of a country: these have capital letters.
func isCountry(code string) bool { return code == strings.ToUpper(code) }
