package api

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/api/param"
	"marquee/api/projection"
	"marquee/storage"
)

// objectBody puts an object into its envelope. Without fields the stored bytes
// go through as they are.
func objectBody(o *storage.Object, fields *projection.Fields) ([]byte, error) {
	b := make([]byte, 0, len(o.Body)+len(o.Noun.Name)+16)
	b = append(b, `{"meta":{},"`...)
	b = append(b, o.Noun.Name...)
	b = append(b, `":`...)
	b, err := appendBody(b, o, fields)
	return append(b, '}'), err
}

func appendBody(dst []byte, o *storage.Object, fields *projection.Fields) ([]byte, error) {
	if fields == nil {
		return append(dst, o.Body...), nil
	}
	return fields.Append(dst, o.Body)
}

// listBody puts a page into its envelope.
func listBody(p *param.List, page *storage.Page) ([]byte, error) {
	size := 512
	for i := range page.Objects {
		size += len(page.Objects[i].Body) + 1
	}
	b := append(make([]byte, 0, size), `{"meta":`...)
	b = appendMeta(b, p, page)
	b = append(append(append(b, `,"`...), p.Query.Noun.Plural...), `":[`...)
	for i := range page.Objects {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendBody(b, &page.Objects[i], p.Fields); err != nil {
			return nil, err
		}
	}
	return append(b, `]}`...), nil
}

// appendMeta appends what is said about a list: the page in numbers, the order
// applied, then the parameters as they were given.
func appendMeta(b []byte, p *param.List, page *storage.Page) []byte {
	order := p.Query.Order.String()
	b = appendNumber(append(b, '{'), "offset", p.Offset)
	b = appendNumber(append(b, ','), "limit", p.Query.Limit)
	b = appendNumber(append(b, ','), "total", page.Total)
	b = appendText(append(b, ','), "sort", order)
	if p.Query.Noun == storage.Genre { // the word that lists of genres had first
		b = appendText(append(b, ','), "order", order)
	}
	for _, k := range p.Parameters() {
		value, given := p.Given(k.Name)
		if k.Applied || !given && !k.Shown {
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
	return append(b, '}')
}

func appendNumber(b []byte, name string, n int) []byte {
	return strconv.AppendInt(append(appendQuoted(b, name), ':'), int64(n), 10)
}

func appendText(b []byte, name, text string) []byte {
	return appendQuoted(append(appendQuoted(b, name), ':'), text)
}

// appendQuoted appends a text as JSON. Parameters were checked to be UTF-8; of
// anything else the invalid bytes are replaced.
func appendQuoted(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}
