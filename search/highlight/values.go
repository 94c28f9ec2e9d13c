package highlight

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage"
)

// values are the searched values of an object.
type values struct {
	noun *storage.Noun
	// fields are the values of the noun's searched fields, "" for unset ones.
	fields []string
	// persons are the ids of the persons that the object refers to, each once, and names
	// their names.
	persons, names []string
}

// read reads the values that an object shows, without names.
func read(o *storage.Object) (*values, error) {
	v := &values{noun: o.Noun, fields: make([]string, len(o.Noun.Searched))}
	references := personFields(o.Noun)
	ids := make([][]string, len(references))
	d := jsontext.NewDecoder(bytes.NewBuffer(o.Body))
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() == '"' {
		var raw jsontext.Value
		if raw, err = d.ReadValue(); err != nil {
			break
		}
		name := raw[1 : len(raw)-1] // names of fields need no escapes
		named := func(field string) bool { return string(name) == field }
		if i := slices.IndexFunc(o.Noun.Searched, named); i >= 0 {
			v.fields[i], err = readText(d)
		} else if i := slices.IndexFunc(references, named); i >= 0 {
			ids[i], err = readTexts(d)
		} else {
			err = d.SkipValue()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the texts of %s %s: %w", o.Noun.Name, o.ID, err)
	}
	for _, id := range slices.Concat(ids...) {
		if !slices.Contains(v.persons, id) {
			v.persons = append(v.persons, id)
		}
	}
	return v, nil
}

// readText reads a text, "" for null.
func readText(d *jsontext.Decoder) (string, error) {
	token, err := d.ReadToken()
	if err != nil || token.Kind() != '"' {
		return "", err
	}
	return token.String(), nil
}

// readTexts reads a list of texts.
func readTexts(d *jsontext.Decoder) (texts []string, err error) {
	if _, err = d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() == '"' {
		text, err := readText(d)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	_, err = d.ReadToken()
	return texts, err
}

// personFields returns the fields of a noun with ids of persons.
func personFields(n *storage.Noun) []string {
	var fields []string
	for _, f := range n.References() {
		if f.Type.Of.Reference == storage.Person.Name {
			fields = append(fields, f.Name)
		}
	}
	return fields
}

// Persons returns the ids of the persons that objects refer to, each once.
func Persons(objects []storage.Object) ([]string, error) {
	var ids []string
	for i := range objects {
		v, err := read(&objects[i])
		if err != nil {
			return nil, err
		}
		ids = append(ids, v.persons...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
