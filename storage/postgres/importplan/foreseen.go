package importplan

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/textform"
)

// foreseen are the objects of plans that a dry run does not carry out. Over a catalogue
// they make the one that the run would have, so a dry run plans what the run plans.
type foreseen struct {
	facts map[fact]string
	// names are the ids of objects by folded name.
	names map[fact][]string
	last  map[*storage.Noun]int64
}

// fact is something by which an object is found.
type fact struct {
	noun *storage.Noun
	// by is the kind: one of the constants, or the name of a distinct value.
	by    string
	value string
}

const (
	byLabel  = " label"   // id → label
	byName   = " name"    // folded name → ids
	byParent = " parent"  // id → id of the outermost parent
	byDigest = " digest"  // id → digest
	byKey    = " key of " // key in the source that follows → id
	keyOf    = " keyed "  // id → key in the source that follows
)

func newForeseen() *foreseen {
	return &foreseen{facts: map[fact]string{}, names: map[fact][]string{}, last: map[*storage.Noun]int64{}}
}

func (f *foreseen) storeDocument(d *storage.Document) {
	n := d.Noun
	f.facts[fact{n, byLabel, d.ID}] = d.Label()
	f.facts[fact{n, byDigest, d.ID}] = Digest(d)
	if schema.Of(n).Folded {
		name := fact{n, byName, textform.Fold(d.Label())}
		f.names[name] = append(f.names[name], d.ID)
	}
	for _, u := range schema.Of(n).Distinctions() {
		if v := u.Value(d); v != "" {
			f.facts[fact{n, u.Name, v}] = d.ID
		}
	}
	if len(n.Children()) > 0 {
		outermost := d.ID
		if fields := schema.Of(n).Parents; len(fields) > 0 {
			outermost, _ = d.Fields[fields[0].Name].(string)
		}
		f.facts[fact{n, byParent, d.ID}] = outermost
	}
}

// add adds later objects.
func (f *foreseen) add(later *foreseen) {
	maps.Copy(f.facts, later.facts)
	for name, ids := range later.names {
		f.names[name] = append(f.names[name], ids...)
	}
	maps.Copy(f.last, later.last)
}

// over returns the catalogue c with the foreseen objects.
func (f *foreseen) over(c Catalogue) Catalogue { return &overlay{c, f} }

type overlay struct {
	Catalogue
	foreseen *foreseen
}

// store adds the objects of a plan.
func (o *overlay) store(ctx context.Context, n *storage.Noun, p *Plan) error {
	for _, docs := range append(slices.Clone(p.Implied), p.Documents) {
		for _, d := range docs {
			o.foreseen.storeDocument(d)
		}
	}
	for _, k := range p.Keys {
		o.foreseen.facts[fact{k.Noun, byKey + k.Source, k.Key}] = k.ID
		o.foreseen.facts[fact{k.Noun, keyOf + k.Source, k.ID}] = k.Key
	}
	if !p.Given {
		return nil
	}
	last, err := o.LastID(ctx, n)
	for _, d := range p.Documents {
		if id, _ := strconv.ParseInt(d.ID, 10, 64); id <= MaxID-SequenceRoom {
			last = max(last, id)
		}
	}
	o.foreseen.last[n] = last
	return err
}

// with adds the foreseen facts to what the catalogue has found.
func (o *overlay) with(found map[string]string, err error, n *storage.Noun, by string, values []string) (map[string]string, error) {
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		if is, ok := o.foreseen.facts[fact{n, by, v}]; ok {
			found[v] = is
		}
	}
	return found, nil
}

func (o *overlay) IDsByKey(ctx context.Context, source string, n *storage.Noun, keys []string, deleted bool) (map[string]string, error) {
	found, err := o.Catalogue.IDsByKey(ctx, source, n, keys, deleted)
	return o.with(found, err, n, byKey+source, keys)
}

func (o *overlay) KeysByID(ctx context.Context, source string, n *storage.Noun, ids []string) (map[string]string, error) {
	found, err := o.Catalogue.KeysByID(ctx, source, n, ids)
	return o.with(found, err, n, keyOf+source, ids)
}

func (o *overlay) IDsByName(ctx context.Context, n *storage.Noun, folded []string) (map[string][]string, error) {
	found, err := o.Catalogue.IDsByName(ctx, n, folded)
	if err != nil {
		return nil, err
	}
	for _, name := range folded {
		if ids := o.foreseen.names[fact{n, byName, name}]; len(ids) > 0 {
			all := slices.Concat(found[name], ids)
			slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
			found[name] = slices.Compact(all) // a name may be given twice
		}
	}
	return found, nil
}

func (o *overlay) IDsByValue(ctx context.Context, n *storage.Noun, by schema.Distinction, values []string) (map[string]string, error) {
	found, err := o.Catalogue.IDsByValue(ctx, n, by, values)
	return o.with(found, err, n, by.Name, values)
}

func (o *overlay) Labels(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	found, err := o.Catalogue.Labels(ctx, n, ids)
	return o.with(found, err, n, byLabel, ids)
}

func (o *overlay) Parents(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	found, err := o.Catalogue.Parents(ctx, n, ids)
	return o.with(found, err, n, byParent, ids)
}

func (o *overlay) Digests(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	found, err := o.Catalogue.Digests(ctx, n, ids)
	return o.with(found, err, n, byDigest, ids)
}

func (o *overlay) LastID(ctx context.Context, n *storage.Noun) (int64, error) {
	if last, ok := o.foreseen.last[n]; ok {
		return last, nil
	}
	return o.Catalogue.LastID(ctx, n)
}

// NextIDs counts on without the catalogue's sequence.
func (o *overlay) NextIDs(ctx context.Context, n *storage.Noun, count int) ([]string, error) {
	last, err := o.LastID(ctx, n)
	if err != nil {
		return nil, err
	}
	ids := make([]string, count)
	for i := range ids {
		last++
		ids[i] = strconv.FormatInt(last, 10)
	}
	o.foreseen.last[n] = last
	return ids, nil
}
