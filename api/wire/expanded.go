package wire

import "marquee/storage"

// Expanded are the objects of a noun that the objects of a reply refer to.
type Expanded struct {
	Noun    *storage.Noun
	Members []ExpandedMember
}

// ExpandedMember is an object in meta.expanded. Its body has only the fields that are shown
// there.
type ExpandedMember struct {
	ID   string
	Body []byte
}

// appendExpanded appends the member expanded of a meta, and nothing if all is nil.
func appendExpanded(b []byte, separator string, all []Expanded) []byte {
	if all == nil {
		return b
	}
	b = append(append(b, separator...), `"expanded":{`...)
	for i, e := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, e.Noun.Plural), `:{`...)
		for j, m := range e.Members {
			if j > 0 {
				b = append(b, ',')
			}
			b = append(append(appendQuoted(b, m.ID), ':'), m.Body...)
		}
		b = append(b, '}')
	}
	return append(b, '}')
}
