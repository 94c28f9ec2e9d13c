package highlight

import (
	"golang.org/x/text/unicode/norm"

	"marquee/search/regex"
	"marquee/search/text"
	"marquee/storage"
)

// words finds the words that match.
type words struct{ *text.Finder }

func (w words) find(v *values) (*found, error) {
	label, texts := "", []string{}
	for i, f := range v.noun.Searched {
		if f == v.noun.Label {
			label = v.fields[i]
		} else {
			texts = append(texts, v.fields[i])
		}
	}
	where := w.Find(label, v.names, texts)
	out := &found{names: where.Names}
	for _, f := range v.noun.Searched {
		if f == v.noun.Label {
			out.fields = append(out.fields, where.Label)
		} else {
			out.fields, where.Texts = append(out.fields, where.Texts[0]), where.Texts[1:]
		}
	}
	return out, nil
}

// exact finds whole values.
type exact struct{ *storage.TextQuery }

func (e exact) find(v *values) (*found, error) {
	return each(v, func(value string) ([]text.Span, error) {
		if value == "" || !e.Accepts(value) {
			return nil, nil
		}
		return []text.Span{{From: 0, To: len(value)}}, nil
	})
}

// matches finds the matches of an expression.
type matches struct {
	expression *regex.Regex
	budget     *regex.Budget
}

func (m *matches) find(v *values) (*found, error) {
	return each(v, func(value string) ([]text.Span, error) {
		composed := norm.NFC.String(value) // as the search reads it
		all, err := m.expression.FindAll(composed, m.budget)
		if err != nil {
			return nil, err
		}
		spans := make([]text.Span, len(all))
		for i, match := range all {
			spans[i] = text.Span{From: match[0], To: match[1]}
		}
		if composed != value {
			spans = decomposed(value, spans)
		}
		return spans, nil
	})
}

// each finds places in each value by itself.
func each(v *values, find func(value string) ([]text.Span, error)) (*found, error) {
	out := &found{fields: make([][]text.Span, len(v.fields)), names: make([][]text.Span, len(v.names))}
	for i, list := range [][]string{v.fields, v.names} {
		for j, value := range list {
			spans, err := find(value)
			if err != nil {
				return nil, err
			}
			[][][]text.Span{out.fields, out.names}[i][j] = spans
		}
	}
	return out, nil
}

// decomposed returns the places in a value of places in its NFC. A place within characters
// that NFC changes becomes that of all of them.
func decomposed(value string, spans []text.Span) []text.Span {
	var out []text.Span
	var it norm.Iter
	it.InitString(norm.NFC, value)
	from, at, source := 0, 0, 0 // of the next place; of the segment in the NFC, in the value
	for !it.Done() && from < len(spans) {
		segment := it.Next()
		end, next := at+len(segment), it.Pos()
		same := string(segment) == value[source:next]
		for from < len(spans) && spans[from].From < end {
			s := text.Span{From: source, To: next}
			if same {
				s.From += max(0, spans[from].From-at)
				s.To = min(next, source+spans[from].To-at)
			}
			out = joined(out, s, spans[from].From < at)
			if spans[from].To > end {
				break
			}
			from++
		}
		at, source = end, next
	}
	return out
}

// joined appends a place. It continues the last one if it is a part of the same match, or
// overlaps it.
func joined(spans []text.Span, s text.Span, continues bool) []text.Span {
	if last := len(spans) - 1; last >= 0 && (continues || s.From < spans[last].To) {
		spans[last].To = max(spans[last].To, s.To)
		return spans
	}
	return append(spans, s)
}
