package dataset

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"marquee/storage/edit"
)

// The casts were cut out of running text at its links, so between the names
// stand what was between the links: "and", "voices of", ".", "(narrator)", and
// in documentaries what they are about. Short names (X, U2, GQ) are names.

const droppedDebris = "dropped debris between the names of a cast"

// setCast takes the names of a cast.
func (r *record) setCast(o object) {
	cast := o.texts("cast")
	for i := 0; i < len(cast); i++ {
		if n := bracketed(cast[i:]); n > 0 {
			if r.setRole(strings.Join(cast[i:i+n], " ")) {
				r.note("dropped writers and directors from a cast")
			}
			r.note(droppedDebris)
			i += n - 1
			continue
		}
		r.addToCast(cast[i])
	}
}

// bracketed counts the items at the beginning that are one remark in brackets:
// "(voices)", or "(", "Best Actor", "nominee)".
func bracketed(cast []string) int {
	const longest = 4
	if at := strings.LastIndexByte(cast[0], '('); at != 0 {
		return 0
	}
	for n := 1; n <= min(len(cast), longest); n++ {
		if strings.Contains(cast[n-1], ")") {
			return n
		}
	}
	return 0
}

var (
	oneCrew   = regexp.MustCompile(`(?i)^\((?:as )?(?:novel|book|story|writer|director|producer|screenwriter)\b`)
	manyCrew  = regexp.MustCompile(`(?i)^\((?:screen)?writers\)`)
	crewRole  = regexp.MustCompile(`(?i) \((?:(?:screen)?writers?|screenpa?lay|teleplay|story|novel|director|producer)\)$`)
	otherRole = regexp.MustCompile(` \([^()]*\)$`)
)

// setRole heeds a remark that makes the names before it writers or directors.
func (r *record) setRole(remark string) bool {
	have := r.refs["starring"]
	switch {
	case len(have) == 0:
		return false
	case manyCrew.MatchString(remark):
		r.refs["starring"] = nil
	case oneCrew.MatchString(remark):
		r.refs["starring"] = have[:len(have)-1]
	default:
		return false
	}
	return true
}

// addToCast takes an item of a cast when it is a name.
func (r *record) addToCast(item string) {
	if tidy(item) == "" {
		return
	}
	name := item
	if strings.ContainsAny(item, "[]") {
		name = strings.Trim(footnote.ReplaceAllString(item, ""), " []")
	}
	name = tidy(name)
	if strings.HasSuffix(name, ")") && crewRole.MatchString(name) {
		r.note("dropped writers and directors from a cast")
		return
	}
	if r.joinSuffix(name) {
		return
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "and "), ". ")
	if strings.HasSuffix(name, ")") {
		name = otherRole.ReplaceAllString(name, "")
	}
	if !isName(name) {
		r.note(droppedDebris)
		return
	}
	r.noteIf(name != tidy(item), "took marks out of a name")
	r.refer("starring", edit.Reference{Name: name})
}

// joinSuffix puts "Sr." back behind the name that it was cut off from.
func (r *record) joinSuffix(suffix string) bool {
	have := r.refs["starring"]
	if len(have) == 0 || suffix != "Sr." && suffix != "Jr." {
		return false
	}
	last := have[len(have)-1].(edit.Reference)
	have[len(have)-1] = edit.Reference{Name: last.Name + " " + suffix}
	r.note("put Sr. or Jr. back behind a name")
	return true
}

var (
	// notNames are links and words of the lists that look like names.
	notNames = regexp.MustCompile(`^(?:The|Cast:|Dir\.:.*|Sr\.|Jr\.|Academy Award .*)$`)
	// lastWords end running text, and no names.
	lastWords = []string{"by", "of", "with", "in", "at", "cameos"}
	// particles begin names with a small letter.
	particles = []string{"al", "da", "de", "del", "della", "der", "di", "du", "el", "la", "le", "ten", "ter", "van", "von", "zu"}
)

// isName reports whether an item of a cast can be a name.
func isName(s string) bool {
	if !strings.ContainsFunc(s, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) {
		return false
	}
	if strings.Count(s, "(") != strings.Count(s, ")") || notNames.MatchString(s) || isPhrase(s) {
		return false
	}
	first, rest, _ := strings.Cut(s, " ")
	if !isSmall(first) {
		return true // begins with a capital or a digit, or as will.i.am does
	}
	return slices.Contains(particles, first) && rest != strings.ToLower(rest)
}

// isPhrase recognises running text: what a documentary is about, or the words
// before the name that follows.
func isPhrase(s string) bool {
	words := strings.Fields(s)
	last := words[len(words)-1]
	switch {
	case len(words) == 1:
		return false
	case slices.Contains(lastWords, last), len(words) > 2 && isSmall(last):
		return true
	}
	return (words[0] == "The" || words[0] == "A") && (words[1] == "life" || words[1] == "year")
}

// isSmall reports whether a word has small letters only.
func isSmall(word string) bool {
	return !strings.ContainsFunc(word, func(c rune) bool { return !unicode.IsLower(c) && c != '-' && c != '\'' })
}
