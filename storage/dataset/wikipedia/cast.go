package wikipedia

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"marquee/storage/dataset/record"
	"marquee/storage/edit"
)

// The casts in the lists are running text cut at its links. So between the names is the
// text between the links: "and", "voices of", ".", "(narrator)", and in documentaries
// their subjects. Short names (X, U2, GQ) are names.

const droppedDebris = "dropped debris between the names of a cast"

// setCast sets starring to the names of a cast.
func setCast(r *record.Record, o record.Object) {
	cast := o.Texts("cast")
	for i := 0; i < len(cast); i++ {
		if n := bracketed(cast[i:]); n > 0 {
			if setRole(r, strings.Join(cast[i:i+n], " ")) {
				r.Note("dropped writers and directors from a cast")
			}
			r.Note(droppedDebris)
			i += n - 1
			continue
		}
		addToCast(r, cast[i])
	}
}

// bracketed returns the number of items at the beginning that form one remark in
// brackets: "(voices)", or "(", "Best Actor", "nominee)".
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

// setRole removes the names before a remark that makes them writers or directors. It
// reports whether the remark does.
func setRole(r *record.Record, remark string) bool {
	have := r.Refs["starring"]
	switch {
	case len(have) == 0:
		return false
	case manyCrew.MatchString(remark):
		r.Refs["starring"] = nil
	case oneCrew.MatchString(remark):
		r.Refs["starring"] = have[:len(have)-1]
	default:
		return false
	}
	return true
}

// addToCast adds an item of a cast if it is a name.
func addToCast(r *record.Record, item string) {
	if record.Tidy(item) == "" {
		return
	}
	name := item
	if strings.ContainsAny(item, "[]") {
		name = strings.Trim(footnote.ReplaceAllString(item, ""), " []")
	}
	name = record.Tidy(name)
	if strings.HasSuffix(name, ")") && crewRole.MatchString(name) {
		r.Note("dropped writers and directors from a cast")
		return
	}
	if joinSuffix(r, name) {
		return
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "and "), ". ")
	if strings.HasSuffix(name, ")") {
		name = otherRole.ReplaceAllString(name, "")
	}
	if !isName(name) {
		r.Note(droppedDebris)
		return
	}
	r.NoteIf(name != record.Tidy(item), "removed marks from a name")
	r.Refer("starring", edit.Reference{Name: name})
}

// joinSuffix appends "Sr." or "Jr." to the name that it was cut from. It reports whether
// the item is such a suffix.
func joinSuffix(r *record.Record, suffix string) bool {
	have := r.Refs["starring"]
	if len(have) == 0 || suffix != "Sr." && suffix != "Jr." {
		return false
	}
	last := have[len(have)-1].(edit.Reference)
	have[len(have)-1] = edit.Reference{Name: last.Name + " " + suffix}
	r.Note("joined Sr. or Jr. to its name")
	return true
}

var (
	// notNames are links and words of the lists that look like names.
	notNames = regexp.MustCompile(`^(?:The|Cast:|Dir\.:.*|Sr\.|Jr\.|Academy Award .*)$`)
	// lastWords end running text but never a name.
	lastWords = []string{"by", "of", "with", "in", "at", "cameos"}
	// particles are the lower-case words that names begin with.
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
	if !isLower(first) {
		return true // begins with a capital or a digit, or as will.i.am does
	}
	return slices.Contains(particles, first) && rest != strings.ToLower(rest)
}

// isPhrase reports whether an item is running text: the subject of a documentary, or the
// words before the name that follows.
func isPhrase(s string) bool {
	words := strings.Fields(s)
	last := words[len(words)-1]
	switch {
	case len(words) == 1:
		return false
	case slices.Contains(lastWords, last), len(words) > 2 && isLower(last):
		return true
	}
	return (words[0] == "The" || words[0] == "A") && (words[1] == "life" || words[1] == "year")
}

// isLower reports whether a word has lower-case letters only.
func isLower(word string) bool {
	return !strings.ContainsFunc(word, func(c rune) bool { return !unicode.IsLower(c) && c != '-' && c != '\'' })
}
