package edit

import "marquee/storage/textform"

// Reference is an item of a list of references that does not give an id: the
// store takes the object of that name, or creates it.
type Reference struct {
	Name string
	// Key is the object's key in the source that is being imported, "" when the
	// source has none.
	Key string
}

// Identity is what two references to one object have in common: the key, or
// the name where there is no key.
func (r Reference) Identity() Reference {
	if r.Key != "" {
		return Reference{Key: r.Key}
	}
	return Reference{Name: textform.Fold(r.Name)}
}
