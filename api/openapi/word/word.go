// Package word forms names and phrases from the names of nouns and fields.
package word

import "strings"

// Camel writes a_name as AName.
func Camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		b.WriteString(Title(word))
	}
	return b.String()
}

// Title writes a name with a capital.
func Title(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Singular is the name of WithArticle of many: Countries has Country.
func Singular(name string) string {
	if stem, ok := strings.CutSuffix(name, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(name, "s")
}

// Sentence makes a Sentence of a fragment.
func Sentence(fragment string) string {
	if fragment == "" || strings.HasSuffix(fragment, ".") {
		return Title(fragment)
	}
	return Title(fragment) + "."
}

// WithArticle puts the article before a noun: a movie, an episode.
func WithArticle(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}
