package document

import (
	"marquee/search/elastic/query"
	"marquee/storage"
	"marquee/storage/textform"
)

// grams writes the trigrams of each searched value between edges: grams those of its
// canon form, cased those of the value itself. An array keeps the phrases of two values
// apart. A value has at most 20,000 characters, so its terms have less than a megabyte.
func grams(j query.JSON, d *storage.Document) query.JSON {
	values := d.SearchedValues()
	cased, canon := make([]string, len(values)), make([]string, len(values))
	for i, v := range values {
		raw := textform.Raw(v)
		cased[i], canon[i] = query.Grams(raw), query.Grams(textform.Canon(raw))
	}
	return j.Open(`"grams":`).Texts(canon).Open(`"cased":`).Texts(cased)
}
