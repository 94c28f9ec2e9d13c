package importplan

import (
	"fmt"
	"hash/maphash"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/textform"
)

// memory has the records of an import that were not refused, so that a repeated key is
// recognized, and the refused ones that others may be part of. It takes about 60 bytes a
// record.
type memory map[uint64]sighting

// sighting is a record that memory has by its identity.
type sighting struct {
	// content is the digest of the record, 0 for a refused one.
	content uint64
	at      incoming.Position
}

// seed makes the digests differ between processes, so that no file can aim at collisions.
var seed = maphash.MakeSeed()

// identity is the key that the record has in its import, 0 if it has none: its key in the
// source, or its id.
func identity(in *incoming.Record) uint64 {
	switch {
	case in.Exact != nil:
		return maphash.String(seed, in.Noun.Name+" id "+in.Exact.ID)
	case in.Key != "":
		return keyIdentity(in.Noun, in.Key)
	case in.Noun.Slug && in.Edit != nil:
		return maphash.String(seed, in.Noun.Name+" id "+slug(in))
	}
	return 0
}

// identified is the part of the record that identity is made of.
func identified(in *incoming.Record) string {
	if in.Exact == nil && in.Key != "" {
		return "key"
	}
	return "id"
}

func keyIdentity(n *storage.Noun, key string) uint64 {
	return maphash.String(seed, n.Name+" key "+key)
}

// slug returns the id of a record of a noun with slugs, "" if none can be made.
func slug(in *incoming.Record) string {
	if in.Exact != nil {
		return in.Exact.ID
	}
	if id, given := in.Edit.Asserted["id"].(string); given {
		return id
	}
	return textform.Slug(in.Noun.LabelOf(in.Edit.Values))
}

// content returns a digest of a record, never 0.
func content(in *incoming.Record) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	if in.Exact != nil {
		_, _ = h.Write(in.Exact.AppendJSON(nil)) // a hash takes everything
	} else if in.Edit != nil {
		fmt.Fprintf(&h, "%s %#v %#v", in.ParentKey, in.Edit.Values, in.Edit.Asserted)
	}
	fmt.Fprintf(&h, "%q", in.Sources)
	return max(h.Sum64(), 1)
}

// find returns the record of the same identity that was not refused.
func (m memory) find(in *incoming.Record) (sighting, bool) {
	s, ok := m[identity(in)]
	return s, ok && s.content != 0
}

// take adds a record that was not refused.
func (m memory) take(in *incoming.Record) {
	if id := identity(in); id != 0 {
		m[id] = sighting{content(in), in.Position}
	}
}

// refuse adds a refused record if others may be part of it.
func (m memory) refuse(in *incoming.Record) {
	if in.Vote != nil || in.Key == "" || len(in.Noun.Children()) == 0 {
		return
	}
	id := keyIdentity(in.Noun, in.Key)
	if _, known := m[id]; !known {
		m[id] = sighting{at: in.Position}
	}
}

// refused returns the place of a refused record.
func (m memory) refused(n *storage.Noun, key string) (incoming.Position, bool) {
	s, ok := m[keyIdentity(n, key)]
	return s.at, ok && s.content == 0
}

// add adds a later memory.
func (m memory) add(later memory) {
	for id, s := range later {
		if before := m[id]; s.content != 0 || before.content == 0 {
			m[id] = s
		}
	}
}
