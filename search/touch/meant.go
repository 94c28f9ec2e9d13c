package touch

import "marquee/storage"

// Meant returns the interests of an answer in what its text may have meant, besides that in
// its own list. m may be nil.
func Meant(q *storage.Query, m *storage.Meant) []*Interest {
	if m == nil {
		return nil
	}
	var out []*Interest
	for _, text := range m.Asked {
		asked, other := *q, *q.Text
		other.Query = text
		asked.Text = &other
		out = append(out, NewInterest(&asked))
	}
	for _, word := range m.Words {
		out = append(out, NewInterest(&storage.Query{Noun: q.Noun, Text: &storage.TextQuery{Kind: storage.Match, Query: word}}))
	}
	return out
}
