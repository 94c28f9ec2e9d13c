package storage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Document is an object with its fields decoded: what conditions are evaluated
// on, edits are merged into and the change log holds.
type Document struct {
	Noun *Noun
	ID   string
	// Fields holds the checked value of every field but the id; unset ones are
	// absent or nil.
	Fields map[string]any
	// Names are the names of the objects that this one refers to, by their
	// noun's plural ("persons"), in the order of the references.
	Names map[string][]string
}

// Object is an object as stores return it for reading.
type Object struct {
	Noun *Noun
	ID   string
	// Version is the catalogue's version at the object's own last write.
	Version int64
	// Modified is when that was; zero for nouns that do not keep it.
	Modified time.Time
	// Body is the public JSON, every field in the order of replies.
	Body []byte
}

// Revision is an object as a replica of the catalogue, such as a search index,
// keeps it.
type Revision struct {
	// Document is the object with the names that it shows.
	Document *Document
	// Version is the object's own version, that of its ETag; DocumentVersion is
	// that of the last change of anything that the document shows.
	Version, DocumentVersion int64
}

// NewDocument is an object of the noun before its first edit: counters at
// zero, everything else unset.
func NewDocument(n *Noun) *Document {
	d := &Document{Noun: n, Fields: map[string]any{}}
	for _, f := range n.FieldsFrom(Counter, Count) {
		d.Fields[f.Name] = int64(0)
	}
	return d
}

// AppendJSON appends the public JSON of the document.
func (d *Document) AppendJSON(dst []byte) []byte {
	return d.appendFields(dst, d.Noun.Fields)
}

// AppendStored appends the part of the public JSON that the row's document
// keeps: the fields given by editors or made from those.
func (d *Document) AppendStored(dst []byte) []byte {
	return d.appendFields(dst, d.Noun.FieldsFrom(Client, Derived))
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

// appendField is AppendJSON with what an unset count or vote is: none.
func appendField(dst []byte, f Field, v any) []byte {
	if v == nil && (f.Source == Counter || f.Source == Count) {
		return append(dst, '0')
	}
	return AppendJSON(dst, f.Type, v)
}

// Label is the text that names the object to people, "" for parts.
func (d *Document) Label() string {
	s, _ := d.Fields[d.Noun.Label].(string)
	return s
}

// searchDocument is the JSON form of a document in the change log.
type searchDocument struct {
	Object json.RawMessage     `json:"object"`
	Names  map[string][]string `json:"names"`
	Sort   map[string]any      `json:"sort"`
}

// MarshalJSON writes the search document: the public JSON, the names of what
// it refers to and its sort keys by column (text keys in base64).
func (d *Document) MarshalJSON() ([]byte, error) {
	s := searchDocument{Object: d.AppendJSON(nil), Names: d.Names, Sort: d.SortKeys()}
	return json.Marshal(s)
}

// SortKeys are the keys of every sort of the noun, by column: int64 or []byte.
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

// ParseSearchDocument reads what MarshalJSON wrote.
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

// ParseDocument reads the public JSON of an object as a store wrote it. It is
// not for input from outside, which needs Noun.Check.
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

// stored turns a decoded JSON value that is known to be of type t into the
// checked form of that type.
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
	return nil, fmt.Errorf("value %v has a type that is not the catalogue's", v)
}

func must[T any](v T, ok bool, from any) (any, error) {
	if !ok {
		return nil, fmt.Errorf("value %v is malformed", from)
	}
	return v, nil
}

// SameStored reports whether two documents hold equal client fields. What is made
// from those may differ: it stays as it was made when the object was written.
func SameStored(a, b *Document) bool {
	given := a.Noun.FieldsFrom(Client)
	return bytes.Equal(a.appendFields(nil, given), b.appendFields(nil, given))
}
