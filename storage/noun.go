// Package storage is the vocabulary of the catalogue: nouns and their fields, documents,
// queries and the documents that satisfy them, changes, errors. It has no database and no
// wire protocol. To add a noun, describe it in nouns.go and write its migration.
//
// Leaves next to it: textform (forms of texts), spelling (nearest names), edit (checks and
// edits), incoming (imports), credential (apps and tokens).
package storage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"marquee/storage/textform"
)

// Kind is the kind of a value in JSON.
type Kind int

// The kinds, with the Go type of a checked value.
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

// Type describes the valid values: their kind and their limits.
type Type struct {
	Kind Kind
	// Min and Max bound the value of a number, or the length of a text in code points or of
	// a list. They apply when Max is above Min.
	Min, Max int64
	// Pattern, when set, must match the text. Allowed describes it in words.
	Pattern *regexp.Regexp
	// Valid, when set, checks what a pattern cannot.
	Valid   func(string) bool
	Allowed string
	// Enum, when set, has the only valid texts.
	Enum []string
	// Of describes a list's items and a map's values.
	Of *Type
	// Key describes a map's keys.
	Key *Type
	// Members describes a record.
	Members []Field
	// Reference is the singular name of the noun whose id the text is.
	Reference string
	// Unique says that only the first of equal items of a list is stored.
	Unique bool
	// NoRepeats says that a list with equal items is refused. Texts are equal if they are
	// after folding; see textform.Fold.
	NoRepeats bool
	// Query is the singular name of a noun: the text is the query string of a list of its
	// objects. Package api/rule checks it.
	Query string
	// Check, when set, returns the faults of a record that no member has by itself. A
	// member with a fault of its own has the value as given. The pointers are relative to
	// the record; faults at such a member, or at one without a value, are passed over.
	Check func(record map[string]any) []Fault
}

// Describe returns the valid values in words.
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
		if t.Min > 0 {
			return fmt.Sprintf("a list of %d to %d items", t.Min, t.Max)
		}
		return "a list"
	case Map, Record:
		return "an object"
	}
	if t.Max > t.Min {
		return fmt.Sprintf("a text of %d to %d characters", t.Min, t.Max)
	}
	return "a text"
}

// Item returns the type of a list's items, and of other values the type itself.
func (t *Type) Item() *Type {
	if t.Kind == List {
		return t.Of
	}
	return t
}

// Member returns the type of the named member of a record, or of a map's values.
func (t *Type) Member(name string) *Type {
	for i := range t.Members {
		if t.Members[i].Name == name {
			return t.Members[i].Type
		}
	}
	return t.Of
}

// Field is a named member of a noun or record.
type Field struct {
	Name     string
	Type     *Type
	Required bool
	// Source is the origin of the value; the zero value is the client.
	Source Source
	// Distinct says that no two objects of the noun may have the same value.
	Distinct bool
	// Among, when set, is a list of the same object. The value must be one of its items.
	Among string
	// Default, when set, is stored in place of a text of a record that is absent or null.
	Default string
	// Doc is the meaning as a fragment of a sentence, for the OpenAPI file.
	Doc string
}

// Source is the origin of the value of a field.
type Source int

// The sources. A field of another source than Client is read-only in a request body,
// except the id of a noun whose ids are slugs.
const (
	Client    Source = iota // given by editors, stored in the row's document
	Derived                 // computed from the client's fields, stored in the document
	Identity                // the object's id
	Parent                  // the id of an object that this one is part of
	Counter                 // likes, dislikes and views: they change without a version
	Count                   // number of children
	Clock                   // set by the server's clock
	Scheduled               // computed from the periods at each read, neither stored nor logged
)

// Noun describes one kind of object: its fields, filters and sorts.
type Noun struct {
	// Name and Plural are its names in paths and bodies.
	Name, Plural string
	// Slug says that ids are slugs made from Label. Otherwise they are decimal numbers
	// assigned by the store.
	Slug bool
	// Named says that requests may refer to objects by their name, and that objects which
	// refer to them show it.
	Named bool
	// Label is the field that names the object to people. It is collated for sorting and
	// folded for lookups by name. If it is a list of texts, the first of them names the
	// object. It is empty for parts (seasons, episodes).
	Label string
	// Parents are the nouns that this one is part of, outermost first.
	Parents []*Noun
	// Fields are the members of the public object in the order of replies: the id, the
	// parents, the document, then the fields that the server sets.
	Fields []Field
	// Filters and Sorts are the list parameters that not every noun has.
	Filters []Filter
	Sorts   []Sort
	// Searched are the fields that a text search reads, empty for a noun without search. The
	// names of persons are searched too.
	Searched []string
	// Doc is the meaning as a sentence, for the OpenAPI file.
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

// LabelOf returns the label among the fields of an object, "" if it has none.
func (n *Noun) LabelOf(fields map[string]any) string {
	v := fields[n.Label]
	if list, is := v.([]any); is && len(list) > 0 {
		v = list[0]
	}
	s, _ := v.(string)
	return s
}

// FieldNames returns the names of the noun's fields in the order of replies.
func (n *Noun) FieldNames() []string {
	names := make([]string, len(n.Fields))
	for i, f := range n.Fields {
		names[i] = f.Name
	}
	return names
}

// FieldsFrom returns the fields of the given sources in the order of replies.
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

// Dated reports whether the time of an object's last write is the time of the last change
// of its reply. It is not for a noun with counts of children, which change with them, or
// with periods.
func (n *Noun) Dated() bool {
	return n.Field("modified") != nil && len(n.FieldsFrom(Count)) == 0 && !n.Scheduled()
}

// Scheduled reports whether objects have periods, outside of which the public does not see
// them.
func (n *Noun) Scheduled() bool { return n.Field("periods") != nil }

// Activity returns the filter of a noun with periods that selects what is active.
func (n *Noun) Activity() *Filter {
	return &n.Filters[slices.IndexFunc(n.Filters, func(f Filter) bool { return f.Kind == Active })]
}

// References returns the noun's fields that hold ids of other objects.
func (n *Noun) References() []Field {
	var out []Field
	for _, f := range n.Fields {
		if f.Source == Client && f.Type.Kind == List && f.Type.Of.Reference != "" {
			out = append(out, f)
		}
	}
	return out
}

// Referrers returns the nouns with fields that hold ids of objects of n.
func (n *Noun) Referrers() []*Noun {
	var out []*Noun
	for _, r := range Nouns {
		if slices.ContainsFunc(r.References(), func(f Field) bool { return f.Type.Of.Reference == n.Name }) {
			out = append(out, r)
		}
	}
	return out
}

// Listers returns the nouns from whose lists an object of n can be taken out when it is
// deleted. A named object cannot: what refers to it is described by it.
func (n *Noun) Listers() []*Noun {
	if n.Named {
		return nil
	}
	return n.Referrers()
}

// Parent returns the noun that this one is directly part of, nil when there is none.
func (n *Noun) Parent() *Noun {
	if len(n.Parents) == 0 {
		return nil
	}
	return n.Parents[len(n.Parents)-1]
}

// Children returns the nouns that are directly part of n.
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

// ValidID reports whether id has the form of the noun's ids. An object with an id of
// another form cannot exist.
func (n *Noun) ValidID(id string) bool {
	if n.Slug {
		return len(id) <= textform.MaxSlug && slugForm.MatchString(id)
	}
	return len(id) <= 18 && numberForm.MatchString(id)
}

// IDForm describes the form of the noun's ids.
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

// NounByName returns the noun with a singular name, nil when there is none.
func NounByName(name string) *Noun {
	for _, n := range Nouns {
		if n.Name == name {
			return n
		}
	}
	return nil
}
