package document

import (
	"encoding/json"
	"fmt"
	"marquee/storage"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Document is the part of a document that is read back.
type Document struct {
	Body     jsontext.Value `json:"object"`
	Version  int64          `json:"version"`
	Modified *int64         `json:"modified"`
	Names    []string       `json:"names"`
	// Sort has the keys by column.
	Sort map[string]jsontext.Value `json:"sort"`
}

// Object makes the object of the document.
func (d *Document) Object(n *storage.Noun, id string) storage.Object {
	o := storage.Object{Noun: n, ID: id, Version: d.Version, Body: d.Body}
	if d.Modified != nil {
		o.Modified = time.Unix(*d.Modified, 0).UTC()
	}
	return o
}

// Values returns the searched values of the document, in the order of
// storage.Document.SearchedValues.
func (d *Document) Values(n *storage.Noun) ([]string, error) {
	var fields map[string]any
	if err := json.Unmarshal(d.Body, &fields); err != nil {
		return nil, fmt.Errorf("read an indexed %s: %w", n.Name, err)
	}
	var values []string
	for _, f := range n.Searched {
		if v, ok := fields[f].(string); ok {
			values = append(values, v)
		}
	}
	return append(values, d.Names...), nil
}
