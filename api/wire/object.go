package wire

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/api/param"
	"marquee/api/projection"
	"marquee/storage"
)

// Objects are appended by hand, not marshalled: the store's bytes are copied as they
// are, which is most of the work of a read.

// Object returns the body of a reply with one object. A nil fields is all fields, a nil
// expanded nothing.
func Object(o *storage.Object, fields *projection.Fields, expanded []Expanded) ([]byte, error) {
	b := make([]byte, 0, len(o.Body)+len(o.Noun.Name)+16)
	b = append(b, `{"meta":{`...)
	b = appendExpanded(b, "", expanded)
	b = append(b, `},"`...)
	b = append(b, o.Noun.Name...)
	b = append(b, `":`...)
	b, err := appendObject(b, o, fields)
	return append(b, '}'), err
}

func appendObject(dst []byte, o *storage.Object, fields *projection.Fields) ([]byte, error) {
	if fields == nil {
		return append(dst, o.Body...), nil
	}
	return fields.Append(dst, o.Body)
}

// List returns the body of a reply with a page of objects. A nil expanded is nothing.
func List(p *param.List, page *storage.Page, expanded []Expanded) ([]byte, error) {
	b := append(make([]byte, 0, sizeOf(page.Objects)), `{"meta":{`...)
	b = appendListMeta(b, p, page)
	b = append(appendExpanded(b, ",", expanded), '}')
	return appendObjects(b, p.Query.Noun, page.Objects, p.Fields)
}

// sizeOf returns about the size of a body with objects.
func sizeOf(objects []storage.Object) int {
	size := 512
	for i := range objects {
		size += len(objects[i].Body) + 1
	}
	return size
}

// appendObjects appends the member with the objects of a page, and ends the body.
func appendObjects(b []byte, n *storage.Noun, objects []storage.Object, fields *projection.Fields) ([]byte, error) {
	b = append(append(append(b, `,"`...), n.Plural...), `":[`...)
	for i := range objects {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendObject(b, &objects[i], fields); err != nil {
			return nil, err
		}
	}
	return append(b, `]}`...), nil
}

// appendListMeta appends the first members of the meta of a list: the page in numbers, the order that was
// applied, then the parameters as the client gave them.
func appendListMeta(b []byte, p *param.List, page *storage.Page) []byte {
	order := p.Query.Order.String()
	b = appendNumber(b, "offset", p.Offset)
	b = appendNumber(append(b, ','), "limit", p.Query.Limit)
	b = appendNumber(append(b, ','), "total", page.Total)
	b = appendText(append(b, ','), "sort", order)
	if p.Query.Noun == storage.Genre { // the older name of the member
		b = appendText(append(b, ','), "order", order)
	}
	for _, k := range p.Parameters() {
		value, given := p.Given(k.Name)
		if k.Applied || k.Answered || !given && !k.Shown {
			continue
		}
		b = appendText(append(b, ','), k.Name, value)
	}
	if page.Relaxed {
		b = append(b, `,"relaxed":true`...)
	}
	if page.Degraded {
		b = append(b, `,"degraded":true`...)
	}
	if page.Indexed {
		b = appendNumber(append(b, ','), "index_version", int(page.AsOf))
	}
	if p.Query.IDs != nil {
		b = append(b, `,"missing":[`...)
		for i, id := range page.Missing {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendQuoted(b, id)
		}
		b = append(b, ']')
	}
	b = appendFacets(b, page.Facets)
	if p.Query.Highlight {
		b = appendHighlights(b, page)
	}
	if page.Meant != nil && page.Meant.Text != "" {
		b = appendText(append(b, ','), "did_you_mean", page.Meant.Text)
	}
	return b
}

func appendNumber(b []byte, name string, n int) []byte {
	return strconv.AppendInt(append(appendQuoted(b, name), ':'), int64(n), 10)
}

func appendText(b []byte, name, text string) []byte {
	return appendQuoted(append(appendQuoted(b, name), ':'), text)
}

// appendQuoted appends a JSON string. It replaces invalid UTF-8, which parameters
// cannot have.
func appendQuoted(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}
