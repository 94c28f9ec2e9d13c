// Package word forms names and phrases of the document from names of nouns and
// fields.
package word

import "strings"

// Camel returns a_name as AName.
func Camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		b.WriteString(Title(word))
	}
	return b.String()
}

// Title returns s with its first letter, which is ASCII, in upper case.
func Title(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Singular returns the singular of a regular plural: Country for Countries.
func Singular(name string) string {
	if stem, ok := strings.CutSuffix(name, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(name, "s")
}

// Sentence returns a fragment as a sentence.
func Sentence(fragment string) string {
	if fragment == "" || strings.HasSuffix(fragment, ".") {
		return Title(fragment)
	}
	return Title(fragment) + "."
}

// WithArticle returns a noun with its indefinite article: a movie, an episode.
func WithArticle(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}
