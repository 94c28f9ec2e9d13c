package wire

import "marquee/storage"

// appendFacets appends the member with the facets of a page, if it has any.
func appendFacets(b []byte, facets []storage.Facet) []byte {
	if len(facets) == 0 {
		return b
	}
	b = append(b, `,"facets":{`...)
	for i := range facets {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, facets[i].Filter.Name), `:[`...)
		for j, c := range facets[i].Counts {
			if j > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"value":`...)
			if facets[i].Filter.Kind == storage.CountRange {
				b = append(b, c.Value...)
			} else {
				b = appendQuoted(b, c.Value)
			}
			b = append(appendNumber(append(b, ','), "count", c.Objects), '}')
		}
		b = append(b, ']')
	}
	return append(b, '}')
}
