package edit

import "marquee/storage/textform"

// Reference is an item of a list of references without an id. The store uses the object
// with the name, or creates it.
type Reference struct {
	Name string
	// Key is the key of the object in the source of an import, "" when there is none.
	Key string
}

// Identity returns the part that references to one object have in common: the key, or the
// folded name when there is no key.
func (r Reference) Identity() Reference {
	if r.Key != "" {
		return Reference{Key: r.Key}
	}
	return Reference{Name: textform.Fold(r.Name)}
}
