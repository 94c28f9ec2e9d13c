package importplan

import (
	"fmt"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/textform"
)

// lookup is a kind of question about an object.
type lookup string

const (
	byID     lookup = "id"     // id → id
	byKey    lookup = "key"    // key in the source → id
	byName   lookup = "name"   // folded name → id
	keyOf    lookup = "keyed"  // id → key in the source
	parentOf lookup = "parent" // id → id of the outermost parent
	numbered lookup = "number" // id that number has returned → ""
)

// keyIn is a question for the key in another source.
func keyIn(source string) lookup { return byKey + lookup(" in "+source) }

// fact is a question with a foreseen answer.
type fact struct {
	noun  *storage.Noun
	by    lookup
	value string
}

// foreseen has the answers about the objects that a dry run would have stored. In a
// real run it is nil, and the catalogue has the answers.
type foreseen map[fact]string

// find returns the values that are foreseen.
func (f foreseen) find(n *storage.Noun, by lookup, values []string) map[string]string {
	found := map[string]string{}
	for _, v := range values {
		if id, ok := f[fact{n, by, v}]; ok {
			found[v] = id
		}
	}
	return found
}

// has reports whether an object with the id is foreseen.
func (f foreseen) has(n *storage.Noun, id string) bool {
	_, ok := f[fact{n, byID, id}]
	return ok
}

// number returns an id that no object has.
func (f foreseen) number(n *storage.Noun) string {
	id := fmt.Sprintf("new-%s-%d", n.Name, len(f))
	f[fact{n, numbered, id}] = ""
	return id
}

// add foresees a new object.
func (f foreseen) add(key string, d *storage.Document) {
	if f == nil {
		return
	}
	f[fact{d.Noun, byID, d.ID}] = d.ID
	if key != "" {
		f[fact{d.Noun, byKey, key}] = d.ID
	}
	if schema.Of(d.Noun).Folded {
		f[fact{d.Noun, byName, textform.Fold(d.Label())}] = d.ID
	}
	if len(d.Noun.Children()) > 0 {
		outermost := d.ID
		if fields := schema.Of(d.Noun).Parents; len(fields) > 0 {
			outermost, _ = d.Fields[fields[0].Name].(string)
		}
		f[fact{d.Noun, parentOf, d.ID}] = outermost
	}
}

// addKey foresees the key of an object that exists.
func (f foreseen) addKey(n *storage.Noun, key, id string) {
	if f != nil {
		f[fact{n, byKey, key}] = id
		f[fact{n, keyOf, id}] = key
	}
}

// addKeyIn foresees the key of an object in another source.
func (f foreseen) addKeyIn(source string, n *storage.Noun, key, id string) {
	if f != nil {
		f[fact{n, keyIn(source), key}] = id
	}
}
