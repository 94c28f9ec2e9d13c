package wikipedia

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/record"
	"marquee/storage/edit"
	"marquee/storage/textform"
)

// sharedTexts records, for the digest of each text, whether films of different titles
// have the text.
type sharedTexts map[digest]sharedText

type sharedText struct {
	title  digest // of the first film with the text
	shared bool
}

// digest is half a SHA-256. It identifies a text without holding it in memory.
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

// opening is the number of bytes at the beginning of a text that name its subject.
const opening = 250

var (
	listOpening = regexp.MustCompile(`^This is a (?:[a-z]+ )?list of `)
	madeIn      = regexp.MustCompile(`\b(?:is|was) an? (?:(?:lost|surviving|independently made) )?(1[89][0-9]{2}|20[0-9]{2})\b`)
	punctuation = regexp.MustCompile(`[^\pL\pN]+`)
)

// Reasons why an article is not about the film that links to it.
const (
	wider     = "is about more than the film"
	list      = "is a list"
	other     = "is about a subject that several films link to"
	otherYear = "is about a work of another year"
)

// about returns the reason why the article of a film is not about the film, "" when it
// is about it. The reasons are:
//
//   - The link leads to a section of a longer article.
//   - The text begins like a list.
//   - Films of different titles have the text, and its beginning does not name this
//     film. Links of films without an article lead to a list or a series.
//   - The beginning names a year more than 3 years away: the link leads to another film
//     of the same title, or to the book. Up to 3 years are delayed releases.
//
// The last two do not hold when the text names a person of the cast: then the film was
// released late, or under another title.
func (s sharedTexts) about(o record.Object, title string, cast []any) string {
	text := strings.TrimSpace(o.Text("extract"))
	begin := text[:min(len(text), opening)]
	year, _ := o.Value("year").(json.Number)
	switch {
	case strings.Contains(o.Text("href"), "#"):
		return wider
	case listOpening.MatchString(begin):
		return list
	case s[digestOf(o.Text("extract"))].shared && !mentions(begin, title) && !mentionsAny(text, cast):
		return other
	case isOtherYear(begin, year) && !mentionsAny(text, cast):
		return otherYear
	}
	return ""
}

// mentionsAny reports whether a text has the name of a person of the cast. Names of one
// word are ignored, because most are common words.
func mentionsAny(text string, cast []any) bool {
	return slices.ContainsFunc(cast, func(v any) bool {
		name := v.(edit.Reference).Name
		return strings.Contains(name, " ") && mentions(text, name)
	})
}

// mentions reports whether a text has a title, without regard to case and punctuation.
func mentions(text, title string) bool {
	words := func(s string) string {
		return " " + strings.TrimSpace(punctuation.ReplaceAllString(textform.Fold(s), " ")) + " "
	}
	return strings.Contains(words(text), words(title))
}

// isOtherYear reports whether the beginning of a text has a year more than 3 years from
// the film's.
func isOtherYear(begin string, year json.Number) bool {
	found := madeIn.FindStringSubmatch(begin)
	if found == nil {
		return false
	}
	made, _ := strconv.ParseInt(found[1], 10, 64)
	listed, err := year.Int64()
	return err == nil && max(made-listed, listed-made) > 3
}

// setArticle sets the text, the picture and the address of a film's article. When
// elsewhere, the reason why the article is not about the film, is not empty, it drops
// the text and the picture. The link stays unless the article is about another work.
func setArticle(r *record.Record, o record.Object, href, elsewhere string) {
	if href != "" && elsewhere != otherYear {
		r.Put(articleURL(href), "web_links", "wikipedia")
	}
	if elsewhere != "" {
		r.NoteIf(o.Text("extract")+o.Text("thumbnail") != "", "dropped text and picture of an article that "+elsewhere)
		return
	}
	r.Set("description", record.Tidy(footnote.ReplaceAllString(o.Text("extract"), "")))
	address, width := o.Text("thumbnail"), o.Number("thumbnail_width")
	switch {
	case address == "":
	case width == "":
		r.Note("left out a picture without width")
	default:
		image := storage.Members{{Name: "width", Value: width}, {Name: "height", Value: o.Value("thumbnail_height")}, {Name: "url", Value: address}}
		r.Put(image, "images", "poster", width.String())
	}
}
