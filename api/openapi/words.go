package openapi

import "strings"

// camel writes a_name as AName.
func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		b.WriteString(upper(word))
	}
	return b.String()
}

func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// singular is the name of one of many: Countries has Country.
func singular(name string) string {
	if stem, ok := strings.CutSuffix(name, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(name, "s")
}

// sentence makes a sentence of a fragment.
func sentence(fragment string) string {
	if fragment == "" || strings.HasSuffix(fragment, ".") {
		return upper(fragment)
	}
	return upper(fragment) + "."
}

// one puts the article before a noun: a movie, an episode.
func one(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}
