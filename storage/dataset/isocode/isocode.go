// Package isocode finds the codes of languages and countries by the names that foreign
// files have: "English", "Deutsch", "United States of America".
package isocode

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"

	"marquee/storage"
	"marquee/storage/textform"
)

// Language returns the code (ISO 639-1) of a language, from the code in upper or lower
// case, or from the name in English or in the language itself.
func Language(s string) (code string, ok bool) {
	code, ok = languages()[fold(s)]
	return code, ok
}

// Country returns the code (ISO 3166-1 alpha-2) of a country, from the code in upper or
// lower case, or from the name in English.
func Country(s string) (code string, ok bool) {
	code, ok = countries()[fold(s)]
	return code, ok
}

// fold returns the form in which names are compared: "São Tomé & Príncipe" is sao tome
// principe.
func fold(s string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(textform.Fold(s)))
	words := strings.FieldsFunc(plain, func(r rune) bool { return strings.ContainsRune(" .,;’'&-()/", r) })
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "and" }), " ")
}

var languages = sync.OnceValue(func() map[string]string {
	codes := parse(otherLanguages)
	for _, code := range storage.Movie.Field("languages").Type.Of.Enum {
		tag, err := language.Raw.Parse(code)
		if err != nil {
			continue // the tags lack a few of the codes that ISO has withdrawn
		}
		add(codes, code, code, display.English.Languages().Name(tag), display.Self.Name(tag))
	}
	return codes
})

var countries = sync.OnceValue(func() map[string]string {
	codes := parse(otherCountries)
	for _, code := range storage.Movie.Field("countries").Type.Of.Enum {
		if region, err := language.ParseRegion(code); err == nil {
			add(codes, code, code, display.English.Regions().Name(region))
		}
	}
	return codes
})

// add adds the names of a code that do not stand for another one yet.
func add(codes map[string]string, code string, names ...string) {
	for _, name := range names {
		if name = fold(name); name != "" && codes[name] == "" {
			codes[name] = code
		}
	}
}

// parse reads lines of a code and the names of it, separated by semicolons.
func parse(list string) map[string]string {
	codes := map[string]string{}
	for line := range strings.Lines(list) {
		code, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		if code != "" {
			add(codes, code, strings.Split(names, ";")...)
		}
	}
	return codes
}
