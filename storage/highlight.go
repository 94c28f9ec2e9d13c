package storage

// Span is a half-open range of a text in Unicode code points.
type Span struct{ From, To int }

// Highlight says where the text of a search stands in an object. The ranges of a value are
// in order and do not overlap.
type Highlight struct {
	// Fields has the ranges in the values of the noun's searched fields, in their order.
	Fields [][]Span
	// Persons has the persons in whose names there are ranges, in the order of the
	// references.
	Persons []HighlightedName
}

// HighlightedName is the id of a person and the ranges in the name.
type HighlightedName struct {
	ID    string
	Spans []Span
}

// Empty reports whether there are no ranges.
func (h *Highlight) Empty() bool {
	for _, spans := range h.Fields {
		if len(spans) > 0 {
			return false
		}
	}
	return len(h.Persons) == 0
}
