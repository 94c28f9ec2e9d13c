// Package storage is the vocabulary of the catalogue: the nouns and their
// fields, queries over them and what satisfies a query, changes, errors. It
// knows no database and no wire protocol; the packages below it and beside it
// do. Adding a noun means describing it in nouns.go and writing its migration.
package storage

import (
	"fmt"
	"regexp"
	"strings"

	"marquee/storage/textform"
)

// Kind is the JSON shape of a value.
type Kind int

// The kinds, with the Go form that a checked value has.
const (
	Text      Kind = iota // string
	Integer               // int64
	Number                // Decimal: one digit after the point
	Boolean               // bool
	Date                  // string, yyyy-mm-dd
	Timestamp             // time.Time, whole seconds, UTC
	List                  // []any
	Map                   // map[string]any with free keys
	Record                // map[string]any with named members
)

// Type describes a value: its kind and what is allowed.
type Type struct {
	Kind Kind
	// Min and Max bound a number's value or a text's and a list's length; text
	// is counted in Unicode code points. They apply when Max is above Min.
	Min, Max int64
	// Pattern, when set, is what a text must match; Allowed says it in words.
	Pattern *regexp.Regexp
	// Valid, when set, decides what a pattern cannot.
	Valid   func(string) bool
	Allowed string
	// Enum, when set, lists the only texts allowed.
	Enum []string
	// Of describes a list's items and a map's values.
	Of *Type
	// Key describes a map's keys.
	Key *Type
	// Members describes a record.
	Members []Field
	// Reference names the noun (singular) whose id the text is.
	Reference string
	// Unique says that a list keeps only the first of equal items.
	Unique bool
}

// Describe says in words what the type takes.
func (t *Type) Describe() string {
	switch {
	case t.Allowed != "":
		return t.Allowed
	case len(t.Enum) > 0:
		return "one of " + strings.Join(t.Enum, ", ")
	}
	switch t.Kind {
	case Integer:
		if t.Max > t.Min {
			return fmt.Sprintf("a whole number from %d to %d", t.Min, t.Max)
		}
		return "a whole number"
	case Number:
		return fmt.Sprintf("a number from %s to %s with at most one decimal", Decimal(t.Min), Decimal(t.Max))
	case Boolean:
		return "true or false"
	case List:
		return "a list"
	case Map, Record:
		return "an object"
	}
	if t.Max > t.Min {
		return fmt.Sprintf("a text of %d to %d characters", t.Min, t.Max)
	}
	return "a text"
}

// Member is the type of a map's values, or of the named member of a record.
func (t *Type) Member(name string) *Type {
	for i := range t.Members {
		if t.Members[i].Name == name {
			return t.Members[i].Type
		}
	}
	return t.Of
}

// Field is one named member of a noun or record.
type Field struct {
	Name     string
	Type     *Type
	Required bool
	// Source says where the value comes from; the zero value means the client.
	Source Source
	// Distinct says that no two objects of the noun may share a value.
	Distinct bool
	// Doc is the field's meaning in a sentence fragment, for the OpenAPI file.
	Doc string
}

// Source tells who gives a field its value.
type Source int

// The sources. Everything but Client is read-only in a request body, except
// the id of a noun whose ids are slugs.
const (
	Client   Source = iota // given by editors, kept in the row's document
	Derived                // made from the client's fields, kept in the document
	Identity               // the object's id
	Parent                 // the id of an object that this one is part of
	Counter                // votes and views: soft, they change without a version
	Count                  // number of children
	Clock                  // set by the server's clock
)

// Noun describes one kind of object: what it holds and how it is read.
type Noun struct {
	// Name and Plural are the words of paths and envelopes.
	Name, Plural string
	// Slug says that ids are slugs made from Label; otherwise they are decimal
	// numbers given by the store.
	Slug bool
	// Label is the field that names the object to people: it is collated for
	// sorting and folded for lookups by name. Empty for parts (seasons, episodes).
	Label string
	// Parents are the nouns that this one is part of, outermost first.
	Parents []*Noun
	// Fields are the members of the public object, in the order of replies:
	// identity, parents, then the document, then what the server keeps.
	Fields []Field
	// Filters and Sorts are the list parameters beyond those of every noun.
	Filters []Filter
	Sorts   []Sort
	// Searched are the fields that a text is searched in; empty for a noun that
	// is not searched. The names of persons are searched where there are any.
	Searched []string
	// Doc is the noun's meaning in a sentence, for the OpenAPI file.
	Doc string
}

// Field returns the description of the named field, nil when there is none.
func (n *Noun) Field(name string) *Field {
	for i := range n.Fields {
		if n.Fields[i].Name == name {
			return &n.Fields[i]
		}
	}
	return nil
}

// FieldNames lists the names of the noun's fields in the order of replies.
func (n *Noun) FieldNames() []string {
	names := make([]string, len(n.Fields))
	for i, f := range n.Fields {
		names[i] = f.Name
	}
	return names
}

// FieldsFrom lists the fields of the given sources, in the order of replies.
func (n *Noun) FieldsFrom(sources ...Source) []Field {
	var out []Field
	for _, f := range n.Fields {
		for _, s := range sources {
			if f.Source == s {
				out = append(out, f)
			}
		}
	}
	return out
}

// Dated reports whether the time at which an object was written last tells how old
// a reply about it is: where children are counted in it, they change it too.
func (n *Noun) Dated() bool { return n.Field("modified") != nil && len(n.FieldsFrom(Count)) == 0 }

// References lists the noun's fields that hold ids of other objects, together
// with the singular name of the noun that they refer to.
func (n *Noun) References() []Field {
	var out []Field
	for _, f := range n.Fields {
		if f.Source == Client && f.Type.Kind == List && f.Type.Of.Reference != "" {
			out = append(out, f)
		}
	}
	return out
}

// Parent is the noun that this one is directly part of, nil for a noun that
// stands by itself.
func (n *Noun) Parent() *Noun {
	if len(n.Parents) == 0 {
		return nil
	}
	return n.Parents[len(n.Parents)-1]
}

// Children lists the nouns that are directly part of n.
func (n *Noun) Children() []*Noun {
	var out []*Noun
	for _, c := range Nouns {
		if c.Parent() == n {
			out = append(out, c)
		}
	}
	return out
}

// IDName is the name of an id of the noun outside its own objects: in path
// templates and in the fields of its children, such as serie_id.
func (n *Noun) IDName() string { return n.Name + "_id" }

// CountName is the name of the field that counts objects of the noun in their
// parent, such as seasons_count.
func (n *Noun) CountName() string { return n.Plural + "_count" }

// ValidID reports whether id has the form of the noun's ids. An id of another
// form cannot exist.
func (n *Noun) ValidID(id string) bool {
	if n.Slug {
		return len(id) <= textform.MaxSlug && slugForm.MatchString(id)
	}
	return len(id) <= 18 && numberForm.MatchString(id)
}

// IDForm says in words what ValidID asks for.
func (n *Noun) IDForm() string {
	if n.Slug {
		return "a slug such as science-fiction: a-z, 0-9 and single hyphens, at most 64"
	}
	return "a decimal number above 0 of at most 18 digits, without leading zeros"
}

var (
	slugForm   = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)
	numberForm = regexp.MustCompile(`^[1-9][0-9]*$`)
)

// NounByName finds a noun by its singular word, nil when there is none.
func NounByName(name string) *Noun {
	for _, n := range Nouns {
		if n.Name == name {
			return n
		}
	}
	return nil
}
