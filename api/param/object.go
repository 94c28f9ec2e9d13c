package param

import (
	"marquee/api/projection"
	"marquee/api/querystring"
	"marquee/api/value"
	"marquee/storage"
)

// Object are the parameters of a read of one object.
type Object struct {
	Request
	// Fields narrows the object, nil for all fields.
	Fields *projection.Fields
	// Expand are the names of the fields whose references the answer describes.
	Expand []string
}

var objectSet = perNoun(func(n *storage.Noun) *set[Object] {
	s := newSet(func() *Object { return &Object{} }, func(p *Object) *Request { return &p.Request })
	s.add(fieldsParameter, func(p *Object, v string) (faults []querystring.Fault) {
		p.Fields, faults = projection.Parse(n, v)
		return faults
	})
	addExpand(s, n, func(p *Object) *[]string { return &p.Expand })
	addInstant(s, n)
	return s
})

// fieldsParameter is a parameter of every read of objects.
var fieldsParameter = Parameter{
	Name: "fields", List: true, Shown: true,
	Allowed: "names of fields, each with an optional leading -, separated by commas; a dot leads into an object",
	Doc:     "return only these fields, or all others if they have a leading -; id is always returned",
}

// ParseObject parses the query string of a read of one object of the noun.
func ParseObject(n *storage.Noun, path, raw string) (*Object, error) {
	return objectSet(n).parse(path, raw)
}

// OfObject describes the parameters of a read of one object of the noun.
func OfObject(n *storage.Noun) []Parameter { return objectSet(n).parameters }

// Deletion are the parameters of a deletion.
type Deletion struct {
	Request
	// Cascade deletes the children too, and takes the object out of lists.
	Cascade bool
}

var deletionSet = perNoun(func(n *storage.Noun) *set[Deletion] {
	s := newSet(func() *Deletion { return &Deletion{} }, func(p *Deletion) *Request { return &p.Request })
	doc := ""
	if children := n.Children(); len(children) > 0 {
		doc = "also delete the " + children[0].Plural + " and everything below them"
	} else if listers := n.Listers(); len(listers) > 0 {
		doc = "also take it out of the " + listers[0].Plural + " that have it"
	}
	if doc == "" {
		return s
	}
	s.add(Parameter{Name: "cascade", Default: "false", Allowed: "true, false", Doc: doc}, func(p *Deletion, v string) (faults []querystring.Fault) {
		p.Cascade, faults = value.Flag(v)
		return faults
	})
	return s
})

// ParseDeletion parses the query string of a deletion of an object of the noun.
func ParseDeletion(n *storage.Noun, path, raw string) (*Deletion, error) {
	return deletionSet(n).parse(path, raw)
}

// OfDeletion describes the parameters of a deletion of an object of the noun.
func OfDeletion(n *storage.Noun) []Parameter { return deletionSet(n).parameters }

var noneSet = newSet(func() *Request { return &Request{} }, func(r *Request) *Request { return r })

// ParseNone parses the query string of a request that has no parameters.
func ParseNone(path, raw string) error {
	_, err := noneSet.parse(path, raw)
	return err
}
