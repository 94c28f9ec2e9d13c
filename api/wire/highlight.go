package wire

import (
	"strconv"

	"marquee/storage"
)

// appendHighlights appends the member with the ranges of the text in each object of a page.
// It leaves out values and objects without ranges.
func appendHighlights(b []byte, page *storage.Page) []byte {
	b = append(b, `,"highlights":{`...)
	first := true
	for i := range page.Highlights {
		h := &page.Highlights[i]
		if h.Empty() {
			continue
		}
		b = appendName(b, page.Objects[i].ID, &first)
		b = appendHighlight(b, page.Objects[i].Noun, h)
	}
	return append(b, '}')
}

func appendHighlight(b []byte, n *storage.Noun, h *storage.Highlight) []byte {
	b = append(b, '{')
	first := true
	for i, spans := range h.Fields {
		if len(spans) > 0 {
			b = appendSpans(appendName(b, n.Searched[i], &first), spans)
		}
	}
	if len(h.Persons) > 0 {
		b = append(appendName(b, storage.Person.Plural, &first), '{')
		first = true
		for _, p := range h.Persons {
			b = appendSpans(appendName(b, p.ID, &first), p.Spans)
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// appendName appends the name of a member of an object, after a comma if it is not the
// first.
func appendName(b []byte, name string, first *bool) []byte {
	if !*first {
		b = append(b, ',')
	}
	*first = false
	return append(appendQuoted(b, name), ':')
}

func appendSpans(b []byte, spans []storage.Span) []byte {
	b = append(b, '[')
	for i, s := range spans {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '['), int64(s.From), 10)
		b = append(strconv.AppendInt(append(b, ','), int64(s.To), 10), ']')
	}
	return append(b, ']')
}
