package wire

import (
	"marquee/api/param"
	"marquee/storage"
)

// Films is a page of the objects that another object selects: first those that it pins,
// then those that its rule finds.
type Films struct {
	// By is the object that selects.
	By *storage.Object
	// Noun is the kind of the selected objects.
	Noun *storage.Noun
	// Sort is the order of the rule, "" without a rule.
	Sort string
	// Pinned counts the pinned objects on all pages, Total all objects.
	Pinned, Total int
	Objects       []storage.Object
	// Expanded are the objects that these refer to, nil if they are not asked for.
	Expanded []Expanded
}

// Body returns the body of the reply.
func (f *Films) Body(p *param.Films) ([]byte, error) {
	fields, _ := p.Given("fields")
	b := append(make([]byte, 0, sizeOf(f.Objects)), `{"meta":{`...)
	b = appendNumber(b, "offset", p.Offset)
	b = appendNumber(append(b, ','), "limit", p.Limit)
	b = appendNumber(append(b, ','), "total", f.Total)
	b = appendText(append(b, ','), "sort", f.Sort)
	b = appendText(append(b, ','), "fields", fields)
	if expand, given := p.Given("expand"); given {
		b = appendText(append(b, ','), "expand", expand)
	}
	b = appendText(append(b, ','), f.By.Noun.Name, f.By.ID)
	b = appendNumber(append(b, ','), "pinned", f.Pinned)
	b = appendExpanded(b, ",", f.Expanded)
	return appendObjects(append(b, '}'), f.Noun, f.Objects, p.Fields)
}
