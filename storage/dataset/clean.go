package dataset

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"marquee/storage/edit"
)

// tidy trims s and makes any white space in it one space.
func tidy(s string) string {
	if isTidy(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isTidy recognises most of the texts that are tidy already: plain ASCII.
func isTidy(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x80 || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return before != ' ' || s == ""
}

// plainText turns HTML into text: paragraphs and breaks become line breaks,
// other tags and comments go, entities are decoded. A "<" that begins no tag
// stays.
func plainText(source string) string {
	var b strings.Builder
	for source != "" {
		at := strings.IndexByte(source, '<')
		if at < 0 {
			break
		}
		b.WriteString(tidyKeepingEdges(source[:at]))
		source = source[at:]
		tag := markup.FindStringSubmatch(source)
		switch {
		case tag == nil:
			b.WriteByte('<')
			source = source[1:]
			continue
		case slices.Contains(breaking, strings.ToLower(tag[1])):
			b.WriteByte('\n')
		}
		source = source[len(tag[0]):]
	}
	b.WriteString(tidyKeepingEdges(source))
	var paragraphs []string
	for line := range strings.Lines(html.UnescapeString(b.String())) {
		if line = tidy(line); line != "" {
			paragraphs = append(paragraphs, line)
		}
	}
	return strings.Join(paragraphs, "\n")
}

// markup is a tag or a comment at the beginning of a text, with the tag's name.
var markup = regexp.MustCompile(`^<(?:/?([a-zA-Z][a-zA-Z0-9]*)[^<>]*|!--(?s:.*?)--|![^<>]*)>`)

// breaking are the tags that begin a line.
var breaking = []string{"p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4"}

// tidyKeepingEdges takes line breaks of the source out, which mean no more than
// a space in HTML.
func tidyKeepingEdges(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ", "\t", " ").Replace(s)
}

// yearOf is the year of a date yyyy-mm-dd, or nil when there is none.
func yearOf(date string) any {
	year, _, ok := strings.Cut(date, "-")
	if n, err := strconv.Atoi(year); ok && err == nil && len(year) == 4 && n > 0 {
		return n
	}
	return nil
}

// monthOf is the month of a date yyyy-mm-dd, or nil when there is none.
func monthOf(date string) any {
	if len(date) < len("yyyy-mm") {
		return nil
	}
	if n, err := strconv.Atoi(date[5:7]); err == nil && n > 0 {
		return n
	}
	return nil
}

// referGenre files a record under a genre, by the catalogue's one name for it.
func (r *record) referGenre(name string) {
	name = tidy(name)
	if one, ok := genreSynonyms[name]; ok {
		r.note("filed genre " + name + " under " + one)
		name = one
	}
	r.refer("genres", edit.Reference{Name: name})
}

// genreSynonyms are the genres that the sources name differently. Only words
// for the same thing are merged: Music and Musical, Legal and Crime, Suspense
// and Thriller stay apart. Of a pair, the name stays that more sources have.
var genreSynonyms = map[string]string{
	"Animated":        "Animation",       // Wikipedia; TMDB, IMDb and TVmaze have Animation
	"Historical":      "History",         // Wikipedia; TMDB, IMDb and TVmaze have History
	"Sport":           "Sports",          // IMDb, some of Wikipedia; TVmaze has Sports
	"Noir":            "Film Noir",       // Wikipedia
	"Film-Noir":       "Film Noir",       // IMDb
	"Sci-Fi":          "Science Fiction", // IMDb
	"Science-Fiction": "Science Fiction", // TVmaze
	"Espionage":       "Spy",             // TVmaze; Wikipedia has Spy
	"Reality-TV":      "Reality",         // IMDb; TVmaze has Reality
	"Talk-Show":       "Talk Show",       // IMDb; TVmaze has Talk Show
	"Game-Show":       "Game Show",       // IMDb; TVmaze has Game Show
}
