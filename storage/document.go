package storage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Document is an object with its fields decoded. Conditions are evaluated on documents,
// edits are applied to them, and the change log holds them.
type Document struct {
	Noun *Noun
	ID   string
	// Fields has the checked value of every field but the id. An unset field is absent or
	// nil.
	Fields map[string]any
	// Names has the names of the objects that this one refers to, by the plural of their
	// noun ("persons"), in the order of the references.
	Names map[string][]string
}

// Object is an object as stores return it to readers.
type Object struct {
	Noun *Noun
	ID   string
	// Version is the catalogue's version after the last write of the object itself.
	Version int64
	// Modified is the time of that write, zero for nouns without the field modified.
	Modified time.Time
	// Body is the public JSON with every field in the order of replies.
	Body []byte
}

// Revision is an object as a search index stores it.
type Revision struct {
	// Document is the object with the names that it shows.
	Document *Document
	// Version is the version of the object, which its ETag has. DocumentVersion is the
	// version of the last change of anything in the document.
	Version, DocumentVersion int64
}

// NewDocument returns an object of the noun before its first edit: counters are zero,
// other fields unset.
func NewDocument(n *Noun) *Document {
	d := &Document{Noun: n, Fields: map[string]any{}}
	for _, f := range n.FieldsFrom(Counter, Count) {
		d.Fields[f.Name] = int64(0)
	}
	return d
}

// AppendJSON appends the public JSON of the document, without Scheduled fields.
func (d *Document) AppendJSON(dst []byte) []byte {
	return d.appendFields(dst, d.Noun.FieldsFrom(Client, Derived, Identity, Parent, Counter, Count, Clock))
}

// AppendStored appends the part of the public JSON that a row stores as a document: the
// fields given by editors and those derived from them.
func (d *Document) AppendStored(dst []byte) []byte {
	return d.appendFields(dst, d.Noun.FieldsFrom(Client, Derived))
}

// AppendGiven appends the part of the public JSON that editors give.
func (d *Document) AppendGiven(dst []byte) []byte {
	return d.appendFields(dst, d.Noun.FieldsFrom(Client))
}

func (d *Document) appendFields(dst []byte, fields []Field) []byte {
	dst = append(dst, '{')
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, f.Name), ':')
		if f.Source == Identity {
			dst = appendString(dst, d.ID)
		} else {
			dst = appendField(dst, f, d.Fields[f.Name])
		}
	}
	return append(dst, '}')
}

// appendField is AppendJSON, but an unset counter or count is 0.
func appendField(dst []byte, f Field, v any) []byte {
	if v == nil && (f.Source == Counter || f.Source == Count) {
		return append(dst, '0')
	}
	return AppendJSON(dst, f.Type, v)
}

// Label returns the text that names the object to people, "" for seasons and episodes.
func (d *Document) Label() string { return d.Noun.LabelOf(d.Fields) }

// searchDocument is the JSON form of a document in the change log.
type searchDocument struct {
	Object json.RawMessage     `json:"object"`
	Names  map[string][]string `json:"names"`
	Sort   map[string]any      `json:"sort"`
}

// MarshalJSON returns the search document: the public JSON, the names of the objects that
// it refers to, and its sort keys by column (text keys in base64).
func (d *Document) MarshalJSON() ([]byte, error) {
	s := searchDocument{Object: d.AppendJSON(nil), Names: d.Names, Sort: d.SortKeys()}
	return json.Marshal(s)
}

// SortKeys returns the keys of every sort of the noun, by column: int64 or []byte.
func (d *Document) SortKeys() map[string]any {
	keys := map[string]any{}
	for i := range d.Noun.Sorts {
		s := &d.Noun.Sorts[i]
		for _, descending := range []bool{false, true} {
			if k := s.Key(d, descending); s.Kind == Text {
				keys[s.Column(descending)] = []byte(k.Text)
			} else {
				keys[s.Column(descending)] = k.Number
			}
		}
	}
	return keys
}

// ParseSearchDocument parses a document from MarshalJSON.
func ParseSearchDocument(n *Noun, data []byte) (*Document, error) {
	var s searchDocument
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("read search document: %w", err)
	}
	d, err := ParseDocument(n, s.Object)
	if err != nil {
		return nil, err
	}
	d.Names = s.Names
	return d, nil
}

// ParseDocument parses the public JSON of an object from a store. Input from outside needs
// edit.Check instead.
func ParseDocument(n *Noun, body []byte) (*Document, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("read %s: %w", n.Name, err)
	}
	d := &Document{Noun: n, Fields: make(map[string]any, len(n.Fields))}
	d.ID, _ = m["id"].(string)
	for _, f := range n.Fields {
		if f.Source == Identity || m[f.Name] == nil {
			continue
		}
		v, err := stored(f.Type, m[f.Name])
		if err != nil {
			return nil, fmt.Errorf("read %s %s, field %s: %w", n.Name, d.ID, f.Name, err)
		}
		d.Fields[f.Name] = v
	}
	return d, nil
}

// stored returns the checked form of a decoded JSON value of type t.
func stored(t *Type, v any) (any, error) {
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case json.Number:
		if t.Kind == Number {
			d, ok := ParseDecimal(v.String())
			return must(d, ok, v)
		}
		n, err := strconv.ParseInt(v.String(), 10, 64)
		return must(n, err == nil, v)
	case string:
		if t.Kind == Timestamp {
			at, _, ok := ParseTime(v)
			return must(at, ok, v)
		}
		return v, nil
	case []any:
		for i := range v {
			item, err := stored(t.Of, v[i])
			if err != nil {
				return nil, err
			}
			v[i] = item
		}
		return v, nil
	case map[string]any:
		for key := range v {
			value, err := stored(t.Member(key), v[key])
			if err != nil {
				return nil, err
			}
			v[key] = value
		}
		return v, nil
	}
	return nil, fmt.Errorf("value %v has a type that the catalogue does not use", v)
}

func must[T any](v T, ok bool, from any) (any, error) {
	if !ok {
		return nil, fmt.Errorf("value %v is malformed", from)
	}
	return v, nil
}

// SameStored reports whether the client fields of two documents are equal. Derived fields
// may differ: they are derived when an object is written.
func SameStored(a, b *Document) bool {
	return bytes.Equal(a.AppendGiven(nil), b.AppendGiven(nil))
}
