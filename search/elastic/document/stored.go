package document

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage"
)

// Document is the part of a document that is read back. Fields that few answers need are
// not parsed.
type Document struct {
	Body     jsontext.Value `json:"object"`
	Version  int64          `json:"version"`
	Modified *int64         `json:"modified"`
	Names    jsontext.Value `json:"names"`
	// Sort has the keys by column.
	Sort jsontext.Value `json:"sort"`
}

// Object makes the object of the document.
func (d *Document) Object(n *storage.Noun, id string) storage.Object {
	o := storage.Object{Noun: n, ID: id, Version: d.Version, Body: verbatim(d.Body)}
	if d.Modified != nil {
		o.Modified = time.Unix(*d.Modified, 0).UTC()
	}
	return o
}

// verbatim returns the JSON of an object as Encode was given it. Elasticsearch writes a
// document anew when it leaves out fields, with the same values but other escapes: not
// those of U+2028 and U+2029, and of control characters with capital letters.
func verbatim(body jsontext.Value) jsontext.Value {
	if !bytes.Contains(body, []byte("\u2028")) && !bytes.Contains(body, []byte("\u2029")) && !bytes.Contains(body, []byte(`\u00`)) {
		return body
	}
	same, err := jsontext.AppendFormat(nil, body, jsontext.EscapeForJS(true))
	if err != nil {
		return body // it came out of valid JSON
	}
	return same
}

// Key returns the sort key of a column in JSON.
func (d *Document) Key(column string) (jsontext.Value, error) {
	var keys map[string]jsontext.Value
	if err := json.Unmarshal(d.Sort, &keys); err != nil {
		return nil, fmt.Errorf("read the sort keys of an indexed object: %w", err)
	}
	return keys[column], nil
}

// Values returns the searched values of the document, in the order of
// storage.Document.SearchedValues.
func (d *Document) Values(n *storage.Noun) ([]string, error) {
	var fields map[string]jsontext.Value
	if err := json.Unmarshal(d.Body, &fields); err != nil {
		return nil, fmt.Errorf("read an indexed %s: %w", n.Name, err)
	}
	var values []string
	for _, f := range n.Searched {
		var v *string
		if err := json.Unmarshal(fields[f], &v); len(fields[f]) > 0 && err != nil {
			return nil, fmt.Errorf("read an indexed %s: %w", n.Name, err)
		}
		if v != nil {
			values = append(values, *v)
		}
	}
	names, err := d.PersonNames()
	return append(values, names...), err
}

// PersonNames returns the names of the persons that the document refers to, each person
// once, in the order of the references.
func (d *Document) PersonNames() (names []string, err error) {
	if len(d.Names) > 0 {
		if err := json.Unmarshal(d.Names, &names); err != nil {
			return nil, fmt.Errorf("read the names of an indexed object: %w", err)
		}
	}
	return names, nil
}
