package record

import (
	"html"
	"regexp"
	"slices"
	"strings"
)

// Tidy trims s and replaces each run of white space in it by one space.
func Tidy(s string) string {
	if isTidy(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isTidy recognises most of the texts that are Tidy already: plain ASCII.
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

// PlainText turns HTML into text: paragraphs and breaks become line breaks, other tags
// and comments are removed, entities are decoded. A "<" that begins no tag stays.
func PlainText(source string) string {
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
		if line = Tidy(line); line != "" {
			paragraphs = append(paragraphs, line)
		}
	}
	return strings.Join(paragraphs, "\n")
}

// markup is a tag or a comment at the beginning of a text, with the tag's name.
var markup = regexp.MustCompile(`^<(?:/?([a-zA-Z][a-zA-Z0-9]*)[^<>]*|!--(?s:.*?)--|![^<>]*)>`)

// breaking are the tags that begin a line.
var breaking = []string{"p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4"}

// tidyKeepingEdges replaces the line breaks of the source by spaces, as HTML does.
func tidyKeepingEdges(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ", "\t", " ").Replace(s)
}
