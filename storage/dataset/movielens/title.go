package movielens

import (
	"regexp"
	"slices"
	"strings"

	"marquee/storage/dataset/record"
)

// title is what the title column says about a film.
type title struct {
	text string
	// year is the year of release, "" when there is none.
	year    string
	repairs []string
}

func (t *title) note(repair string) {
	if !slices.Contains(t.repairs, repair) {
		t.repairs = append(t.repairs, repair)
	}
}

// yearForm is a year, or a range of years, at the end of a title. A series that goes on
// has no last year: (2011- ).
var yearForm = regexp.MustCompile(`^(.*)\((\d{4})( ?[-–] ?(?:\d{4})?)?\)$`)

// parseTitle reads a title such as "City of Lost Children, The (Cité des enfants perdus,
// La) (1995)". The title of the film is what stands before the other titles, with its
// article in front.
func parseTitle(s string) title {
	t := title{text: record.Tidy(s)}
	if m := yearForm.FindStringSubmatch(t.text); m != nil {
		t.text, t.year = strings.TrimSpace(m[1]), m[2]
		if m[3] != "" {
			t.note("read the first of a range of years")
		}
	} else {
		t.note("has no year")
	}
	for {
		before, inside, found := cutParentheses(t.text)
		if !found || isPart(before, inside) {
			break
		}
		t.text = before
		t.note("left out another title: " + inside)
	}
	if moved := articleFirst(t.text); moved != t.text {
		t.text = moved
		t.note("put the article of a title in front")
	}
	return t
}

// cutParentheses splits a text that ends in parentheses after a space and other text.
func cutParentheses(s string) (before, inside string, found bool) {
	if !strings.HasSuffix(s, ")") {
		return s, "", false
	}
	depth := 0
	for i := len(s) - 1; i > 0; i-- {
		switch s[i] {
		case ')':
			depth++
		case '(':
			depth--
		}
		if depth == 0 {
			return strings.TrimSpace(s[:i]), s[i+1 : len(s)-1], s[i-1] == ' '
		}
	}
	return s, "", false
}

// partForm is the beginning of parentheses that belong to the title: (Part 2).
var partForm = regexp.MustCompile(`(?i)^(?:part|pt\.?|vol\.?|volume|chapter|episode|season) (?:[0-9]+|[ivx]+|one|two|three|four|five)\b`)

// isPart reports whether parentheses belong to the title before them: they have the number
// of a part, or follow "Or", as in "Birdman: Or (The Unexpected Virtue of Ignorance)".
func isPart(before, inside string) bool {
	return partForm.MatchString(inside) || strings.HasSuffix(strings.ToLower(before), " or")
}

// articles are the articles that the files put behind a comma at the end of a title. In
// front, those that end in an apostrophe need no space.
var articles = []string{
	"the", "a", "an", "da", // English; "Hip Hop Witch, Da"
	"la", "le", "les", "l'", "l’", "un", "une", // French
	"il", "lo", "i", "gli", "una", "uno", // Italian
	"el", "los", "las", // Spanish
	"der", "die", "das", "ein", "eine", // German
	"de", "het", "een", // Dutch
	"den", "det", "en", "ett", "et", // Scandinavian
	"o", "os", "as", "um", "uma", // Portuguese
}

// articleFirst puts the article at the end of a title in front: "Atalante, L'".
func articleFirst(s string) string {
	at := strings.LastIndex(s, ", ")
	if at <= 0 {
		return s
	}
	name, article := s[:at], s[at+len(", "):]
	switch {
	case !slices.Contains(articles, strings.ToLower(article)):
		return s
	case strings.HasSuffix(article, "'"), strings.HasSuffix(article, "’"):
		return article + name
	}
	return article + " " + name
}
