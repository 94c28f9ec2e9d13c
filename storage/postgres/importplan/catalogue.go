package importplan

import (
	"context"
	"crypto/sha256"

	"marquee/storage"
	"marquee/storage/postgres/schema"
)

// Catalogue is what planning reads: the objects that exist when a plan is carried out.
type Catalogue interface {
	// IDsByKey returns the ids of objects by their keys in a source. Unless deleted,
	// it skips objects that were deleted.
	IDsByKey(ctx context.Context, source string, n *storage.Noun, keys []string, deleted bool) (map[string]string, error)
	// KeysByID returns the keys in a source by the ids of objects.
	KeysByID(ctx context.Context, source string, n *storage.Noun, ids []string) (map[string]string, error)
	// IDsByName returns the ids of objects by their folded names.
	IDsByName(ctx context.Context, n *storage.Noun, folded []string) (map[string][]string, error)
	// IDsByValue returns the ids of objects by a distinct value.
	IDsByValue(ctx context.Context, n *storage.Noun, by schema.Distinction, values []string) (map[string]string, error)
	// Labels returns the labels of objects by their ids.
	Labels(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error)
	// Parents returns the ids of the outermost parents by the ids of objects; an object
	// without parents stands for itself.
	Parents(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error)
	// Digests returns the digests of objects by their ids.
	Digests(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error)
	// LastID returns the last numeric id that NextIDs returned, or that it continues after.
	LastID(ctx context.Context, n *storage.Noun) (int64, error)
	// NextIDs reserves numeric ids.
	NextIDs(ctx context.Context, n *storage.Noun, count int) ([]string, error)
}

// Digest identifies what an export restores of an object: its parents, and the fields that
// editors give.
func Digest(d *storage.Document) string {
	var b []byte
	for _, f := range d.Noun.FieldsFrom(storage.Parent) {
		id, _ := d.Fields[f.Name].(string)
		b = append(append(b, id...), '/')
	}
	sum := sha256.Sum256(d.AppendGiven(b))
	return string(sum[:16])
}

// Sequences continue after the highest id that has room for SequenceRoom ids more above
// it. So an imported id at the top of the range, such as 18 nines, does not end the
// sequence, and no sequence reaches ids that paths refuse.
const (
	// MaxID is the highest numeric id: storage.Noun.ValidID takes 18 digits.
	MaxID = 999_999_999_999_999_999
	// SequenceRoom is more than the objects that a catalogue will ever have.
	SequenceRoom = 1_000_000_000
)
