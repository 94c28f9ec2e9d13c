package reference

import (
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/schema"
	"marquee/storage/textform"
)

// Known is what the catalogue knows of the objects of a noun that references may mean. It
// decides for requests and for imports alike.
type Known struct {
	To *storage.Noun
	// Labels are the labels of objects by id, for the ids of references and for the slugs
	// that new names would get.
	Labels map[string]string
	// IDs are the ids of objects by folded name.
	IDs map[string][]string
	// added are the slugs of names that Add announced.
	added map[string]bool
}

// Wanted returns the ids and the folded names that Known needs for references to a noun.
func Wanted(l schema.Link, docs ...*storage.Document) (ids, folded []string) {
	for _, d := range docs {
		ids = append(ids, l.IDs(d)...)
		l.Named(d, func(_ string, ref edit.Reference, _ func(string)) {
			folded = append(folded, textform.Fold(ref.Name))
			if l.To.Slug {
				ids = append(ids, textform.Slug(ref.Name))
			}
		})
	}
	return ids, folded
}

// Find returns the id of the object that a name means, "" for a new one. The fault, which
// has no pointer, is that of a name that means several objects, or whose slug another
// object has.
func (k *Known) Find(name string) (id string, fault *storage.Fault) {
	if ids := k.IDs[textform.Fold(name)]; len(ids) == 1 {
		return ids[0], nil
	} else if len(ids) > 1 {
		return "", faultOf(name, "is the name of %d %s: give the id of one, %s", len(ids), k.To.Plural, candidates(ids))
	}
	if !k.To.Slug {
		return "", nil
	}
	slug := textform.Slug(name)
	label, taken := k.Labels[slug]
	switch {
	case slug == "":
		return "", faultOf(name, "is new and no id can be made from it: create the %s with an id first", k.To.Name)
	case !taken:
		return "", nil
	case textform.SameLetters(label, name), renamed(slug, label) && textform.SameLetters(slug, name):
		return slug, nil
	case k.added[slug]:
		return "", faultOf(name, "would get the same id as %s, %s: give one name, or create the %s with another id first", storage.Excerpt(label), slug, k.To.Name)
	}
	fault = faultOf(name, "would get the id %s of %s %s: give that id, or create the %s with another id first", slug, k.To.Name, storage.Excerpt(label), k.To.Name)
	fault.Nearest = slug
	return "", fault
}

// renamed reports whether an id was not made from the label. Then it is a name of its own:
// Drama means the genre drama, which is called Dramatic films.
func renamed(slug, label string) bool { return textform.Slug(label) != slug }

// Add announces a new object of a noun with slugs, and returns its id.
func (k *Known) Add(name string) (id string) {
	if k.added == nil {
		k.added = map[string]bool{}
	}
	id = textform.Slug(name)
	k.added[id], k.Labels[id] = true, name
	return id
}

// Remove takes back an Add.
func (k *Known) Remove(name string) {
	id := textform.Slug(name)
	delete(k.added, id)
	delete(k.Labels, id)
}

// maxCandidates bounds the ids that a fault lists.
const maxCandidates = 10

func candidates(ids []string) string {
	if more := len(ids) - maxCandidates; more > 0 {
		return fmt.Sprintf("%s or %d more", strings.Join(ids[:maxCandidates], ", "), more)
	}
	return strings.Join(ids, " or ")
}

func faultOf(name, format string, args ...any) *storage.Fault {
	return &storage.Fault{Value: storage.Excerpt(name), Reason: fmt.Sprintf(format, args...)}
}
