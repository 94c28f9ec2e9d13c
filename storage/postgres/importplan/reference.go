package importplan

import (
	"context"
	"fmt"
	"slices"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/schema"
	"marquee/storage/textform"
)

// planReferences replaces names and keys with ids, and plans the objects that do not
// exist. It refuses records with unknown ids.
func (g *group) planReferences(ctx context.Context, records []*arrival) error {
	for _, l := range g.table.Links {
		if err := g.checkIDs(ctx, l, records); err != nil {
			return err
		}
		refs := &references{to: l.To, ids: map[edit.Reference]string{}}
		for _, a := range undecided(records) {
			l.Clone(a.document)
			l.Named(a.document, func(_ string, ref edit.Reference, _ func(string)) { refs.add(ref) })
		}
		if err := g.lookUp(ctx, refs); err != nil {
			return err
		}
		g.checkSlugs(l, refs, records)
		if err := g.planImplied(ctx, refs); err != nil {
			return err
		}
		for _, a := range undecided(records) {
			l.Named(a.document, func(_ string, ref edit.Reference, set func(string)) { set(refs.ids[ref.Identity()]) })
			l.Deduplicate(a.document)
		}
	}
	return nil
}

// checkIDs refuses records that refer to unknown ids.
func (g *group) checkIDs(ctx context.Context, l schema.Link, records []*arrival) error {
	var all []string
	for _, a := range records {
		all = append(all, l.IDs(a.document)...)
	}
	known, err := g.Labels(ctx, l.To, all)
	if err != nil {
		return err
	}
	for _, a := range records {
		for _, id := range l.IDs(a.document) {
			_, exists := known[id]
			if exists || g.foreseen.has(l.To, id) || a.decided {
				continue
			}
			g.refuse(a, fmt.Sprintf("refers to a %s that is not in the catalogue", l.To.Name))
		}
	}
	return nil
}

// checkSlugs refuses records with a new name from which no id can be made, and drops
// these names.
func (g *group) checkSlugs(l schema.Link, refs *references, records []*arrival) {
	if !refs.to.Slug {
		return
	}
	unnamed := func(ref edit.Reference) bool {
		return refs.ids[ref.Identity()] == "" && textform.Slug(ref.Name) == ""
	}
	for _, a := range undecided(records) {
		l.Named(a.document, func(_ string, ref edit.Reference, _ func(string)) {
			if unnamed(ref) && !a.decided {
				g.refuse(a, fmt.Sprintf("refers to the %s %s, which is new and from which no id can be made: create it with an id first", l.To.Name, storage.Excerpt(ref.Name)))
			}
		})
	}
	refs.all = slices.DeleteFunc(refs.all, unnamed)
}

// references are the references by name of a batch to one noun, each once, with the
// ids found for them.
type references struct {
	to  *storage.Noun
	all []edit.Reference
	ids map[edit.Reference]string // by identity
}

func (r *references) add(ref edit.Reference) {
	if _, seen := r.ids[ref.Identity()]; !seen {
		r.ids[ref.Identity()] = ""
		r.all = append(r.all, ref)
	}
}

// unfound returns the references without an id.
func (r *references) unfound() []edit.Reference {
	var out []edit.Reference
	for _, ref := range r.all {
		if r.ids[ref.Identity()] == "" {
			out = append(out, ref)
		}
	}
	return out
}

// lookUp finds references by their key in the source, then by their name. A
// reference with a key is not an object of that name with another key in the same
// source: these are two persons of one name.
func (g *group) lookUp(ctx context.Context, refs *references) error {
	var keys, folded []string
	for _, ref := range refs.all {
		if ref.Key != "" {
			keys = append(keys, ref.Key)
		}
	}
	byKey, err := g.idsByKey(ctx, refs.to, keys, false)
	if err != nil {
		return err
	}
	for k, id := range byKey {
		refs.ids[edit.Reference{Key: k}] = id
	}
	for _, ref := range refs.unfound() {
		folded = append(folded, textform.Fold(ref.Name))
	}
	byName, err := g.IDsByName(ctx, refs.to, folded)
	if err != nil {
		return err
	}
	keyed, err := g.keysByID(ctx, refs.to, byName)
	if err != nil {
		return err
	}
	for _, ref := range refs.unfound() {
		refs.ids[ref.Identity()] = g.choose(refs.to, ref, byName[textform.Fold(ref.Name)], keyed)
	}
	return g.lookUpSlugs(ctx, refs)
}

// lookUpSlugs finds the objects whose id a new name would get: "Sci-Fi" is the genre
// sci-fi, whatever its name is.
func (g *group) lookUpSlugs(ctx context.Context, refs *references) error {
	if !refs.to.Slug {
		return nil
	}
	var slugs []string
	for _, ref := range refs.unfound() {
		slugs = append(slugs, textform.Slug(ref.Name))
	}
	known, err := g.Labels(ctx, refs.to, slugs)
	if err != nil {
		return err
	}
	for _, ref := range refs.unfound() {
		if slug := textform.Slug(ref.Name); known[slug] != "" || g.foreseen[fact{refs.to, byID, slug}] != "" {
			refs.ids[ref.Identity()] = slug
		}
	}
	return nil
}

// keysByID returns the keys in the source of the objects found by name.
func (g *group) keysByID(ctx context.Context, n *storage.Noun, found map[string][]string) (map[string]string, error) {
	var ids []string
	for _, some := range found {
		ids = append(ids, some...)
	}
	keyed := g.foreseen.find(n, keyOf, ids)
	return keyed, merge(keyed)(g.KeysByID(ctx, g.source, n, ids))
}

// choose returns the id of the object that a name stands for, "" if it is a new one.
// ids are the objects of that name, and keyed are their keys.
func (g *group) choose(n *storage.Noun, ref edit.Reference, ids []string, keyed map[string]string) string {
	if ref.Key == "" {
		if len(ids) > 0 {
			return ids[0]
		}
		return g.foreseen[fact{n, byName, textform.Fold(ref.Name)}]
	}
	if len(ids) != 1 || keyed[ids[0]] != "" {
		return ""
	}
	keyed[ids[0]] = ref.Key
	g.addKey(g.source, n, ref.Key, ids[0])
	g.foreseen.addKey(n, ref.Key, ids[0])
	return ids[0]
}

// planImplied plans the objects that were not found.
func (g *group) planImplied(ctx context.Context, refs *references) error {
	var docs, unnumbered []*storage.Document
	var named []edit.Reference
	slugs := map[string]bool{}
	for _, ref := range refs.unfound() {
		d := storage.NewDocument(refs.to)
		d.Fields[refs.to.Label] = ref.Name
		g.setClock(d)
		if refs.to.Slug {
			d.ID = textform.Slug(ref.Name)
			if slugs[d.ID] { // "Sci-Fi" and "Sci Fi" in one batch
				refs.ids[ref.Identity()] = d.ID
				continue
			}
			slugs[d.ID] = true
		} else {
			unnumbered = append(unnumbered, d)
		}
		docs, named = append(docs, d), append(named, ref)
	}
	if err := g.number(ctx, refs.to, unnumbered); err != nil {
		return err
	}
	for i, d := range docs {
		refs.ids[named[i].Identity()] = d.ID
		g.foreseen.add(named[i].Key, d)
		g.addKey(g.source, refs.to, named[i].Key, d.ID)
	}
	g.report.Implied[refs.to] += len(docs)
	g.plan.Implied = append(g.plan.Implied, docs)
	return nil
}
