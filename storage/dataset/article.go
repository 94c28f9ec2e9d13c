package dataset

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/textform"
)

// sharedTexts tells, for the digest of each text, whether films of different
// titles have it.
type sharedTexts map[digest]sharedText

type sharedText struct {
	title  digest // of the first film with the text
	shared bool
}

// digest is half a SHA-256, to keep many texts apart without keeping them.
type digest [16]byte

func digestOf(text string) digest {
	sum := sha256.Sum256([]byte(text))
	return digest(sum[:16])
}

func (s sharedTexts) add(text, title string) {
	if text == "" {
		return
	}
	name, key := digestOf(textform.Fold(title)), digestOf(text)
	have, ok := s[key]
	if !ok {
		have.title = name
	}
	have.shared = have.shared || have.title != name
	s[key] = have
}

// opening is how much of a text says what it is about, in bytes.
const opening = 250

var (
	listOpening = regexp.MustCompile(`^This is a (?:[a-z]+ )?list of `)
	madeIn      = regexp.MustCompile(`\b(?:is|was) an? (?:(?:lost|surviving|independently made) )?(1[89][0-9]{2}|20[0-9]{2})\b`)
	punctuation = regexp.MustCompile(`[^\pL\pN]+`)
)

// Why an article is not about the film that links to it.
const (
	wider     = "is about more than the film"
	list      = "is a list"
	other     = "is about something that several films link to"
	otherYear = "is about a work of another year"
)

// about says why a film's article is not about the film, "" when it is:
//
//   - the link leads to a section of a longer article;
//   - the text opens as that of a list;
//   - films of different titles have the text, and its beginning does not name
//     this one: links to films without an article lead to the list or the
//     series that they are in;
//   - its beginning names a year that is more than 3 years off: the link leads
//     to another film of the same title, or to the book. (Years 1 to 3 off are
//     those of delayed releases.)
//
// In the last two cases, a text that names somebody of the cast is about the
// film all the same: released late, or under another title.
func (s sharedTexts) about(o object, title string, cast []any) string {
	text := strings.TrimSpace(o.text("extract"))
	begin := text[:min(len(text), opening)]
	year, _ := o["year"].(json.Number)
	switch {
	case strings.Contains(o.text("href"), "#"):
		return wider
	case listOpening.MatchString(begin):
		return list
	case s[digestOf(o.text("extract"))].shared && !mentions(begin, title) && !mentionsAny(text, cast):
		return other
	case isOtherYear(begin, year) && !mentionsAny(text, cast):
		return otherYear
	}
	return ""
}

// mentionsAny reports whether a text names one of a cast. Names of one word
// are too often words.
func mentionsAny(text string, cast []any) bool {
	return slices.ContainsFunc(cast, func(v any) bool {
		name := v.(edit.Reference).Name
		return strings.Contains(name, " ") && mentions(text, name)
	})
}

// mentions reports whether a text names a title, without regard to case and
// punctuation.
func mentions(text, title string) bool {
	words := func(s string) string {
		return " " + strings.TrimSpace(punctuation.ReplaceAllString(textform.Fold(s), " ")) + " "
	}
	return strings.Contains(words(text), words(title))
}

// isOtherYear reports whether a text begins with a year too far from the film's.
func isOtherYear(begin string, year json.Number) bool {
	found := madeIn.FindStringSubmatch(begin)
	if found == nil {
		return false
	}
	made, _ := strconv.ParseInt(found[1], 10, 64)
	listed, err := year.Int64()
	return err == nil && max(made-listed, listed-made) > 3
}

// setArticle takes text, picture and address of a film's article. The text and
// the picture of an article about something else are dropped; the link stays
// when the film is part of what the article is about.
func (r *record) setArticle(o object, href, elsewhere string) {
	if href != "" && elsewhere != otherYear {
		r.set("web_links", storage.Members{{Name: "wikipedia", Value: articleURL(href)}})
	}
	if elsewhere != "" {
		r.noteIf(o.text("extract")+o.text("thumbnail") != "", "dropped text and picture of an article that "+elsewhere)
		return
	}
	r.set("description", tidy(footnote.ReplaceAllString(o.text("extract"), "")))
	width, _ := o["thumbnail_width"].(json.Number)
	if address := o.text("thumbnail"); address != "" && width != "" {
		image := storage.Members{
			{Name: "width", Value: width}, {Name: "height", Value: o["thumbnail_height"]}, {Name: "url", Value: address}}
		r.set("images", storage.Members{{Name: "poster", Value: storage.Members{{Name: width.String(), Value: image}}}})
	}
}
