package importplan

import (
	"context"

	"marquee/storage"
	"marquee/storage/textform"
)

// planIDs gives the documents their ids. In a dry run it foresees them for later
// records.
func (g *group) planIDs(ctx context.Context, records []*arrival) error {
	var unnumbered []*storage.Document
	for _, a := range records {
		switch {
		case a.Exact != nil:
			continue
		case g.table.Noun.Slug:
			a.document.ID, _ = a.Edit.Asserted["id"].(string)
			if a.document.ID == "" {
				a.document.ID = textform.Slug(a.document.Label())
			}
		default:
			unnumbered = append(unnumbered, a.document)
		}
	}
	if err := g.number(ctx, g.table.Noun, unnumbered); err != nil {
		return err
	}
	if err := g.planSlugs(ctx, records); err != nil {
		return err
	}
	for _, a := range undecided(records) {
		g.foreseen.add(a.Key, a.document)
	}
	return nil
}

// planSlugs links records to the objects that have their slugs.
func (g *group) planSlugs(ctx context.Context, records []*arrival) error {
	n := g.table.Noun
	if !n.Slug {
		return nil
	}
	var slugs []string
	for _, a := range records {
		slugs = append(slugs, a.document.ID)
	}
	known, err := g.Labels(ctx, n, slugs)
	if err != nil {
		return err
	}
	for _, a := range records {
		switch _, taken := known[a.document.ID]; {
		case !n.ValidID(a.document.ID):
			g.refuse(a, "id must be "+n.IDForm())
		case taken:
			a.link(a.document.ID)
		default:
			known[a.document.ID] = ""
		}
	}
	return nil
}

// number gives new objects numeric ids.
func (g *group) number(ctx context.Context, n *storage.Noun, docs []*storage.Document) error {
	if g.foreseen != nil {
		for _, d := range docs {
			d.ID = g.foreseen.number(n)
		}
		return nil
	}
	if len(docs) == 0 {
		return nil
	}
	ids, err := g.NextIDs(ctx, n, len(docs))
	if err != nil {
		return err
	}
	for i, d := range docs {
		d.ID = ids[i]
	}
	return nil
}
