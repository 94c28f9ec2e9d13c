package wire

import (
	"strconv"

	"marquee/api/param"
	"marquee/storage"
)

// Suggestions returns the body of a reply with suggestions.
func Suggestions(p *param.Suggest, s *storage.Suggestions) []byte {
	types, _ := p.Given("types")
	q, _ := p.Given("q")
	b := append(make([]byte, 0, 128+128*len(s.Found)), `{"meta":{`...)
	b = appendText(b, "q", q)
	b = appendText(append(b, ','), "types", types)
	b = appendNumber(append(b, ','), "limit", p.Query.Limit)
	b = append(b, `},"suggestions":[`...)
	for i := range s.Found {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendSuggestion(b, &s.Found[i], p.Text.Places(s.Found[i].Label))
	}
	return append(b, `]}`...)
}

// appendSuggestion appends a label, and the places of it that match.
func appendSuggestion(b []byte, s *storage.Suggestion, places [][2]int) []byte {
	b = appendText(append(b, '{'), "type", s.Noun.Name)
	b = appendText(append(b, ','), "id", s.ID)
	b = appendText(append(b, ','), "text", s.Label)
	b = append(b, `,"match":[`...)
	for i, place := range places {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '['), int64(place[0]), 10)
		b = append(strconv.AppendInt(append(b, ','), int64(place[1]), 10), ']')
	}
	b = append(b, ']')
	if s.Noun.Field("release_year") != nil {
		b = append(b, `,"release_year":`...)
		if s.ReleaseYear == nil {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendInt(b, *s.ReleaseYear, 10)
		}
	}
	return append(b, '}')
}
