package postgres

import (
	"context"
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/textform"
)

// planTaken finds what is in the catalogue already under a value that no two
// objects share: the record is linked to that object, which stays as it is. An
// exact record is refused instead, and a value that comes twice in the batch.
func (b *batch) planTaken(ctx context.Context, t *table, group []*arrival) error {
	for _, u := range t.distinct() {
		var wanted []string
		for _, a := range group {
			if v := u.value(a.document); v != "" {
				wanted = append(wanted, v)
			}
		}
		if len(wanted) == 0 {
			continue
		}
		found := map[string]string{}
		if err := b.pairs(ctx, found, `SELECT `+u.column+`, id::text FROM `+t.name+` WHERE `+u.column+` = ANY($1)`, wanted); err != nil {
			return err
		}
		for _, a := range undecided(group) {
			v := u.value(a.document)
			id, taken := found[v]
			switch {
			case v == "":
			case !taken:
				found[v] = "" // for the rest of the batch
			case id == "":
				b.refuse(a, u.name+" is that of an earlier record")
			case a.Exact == nil && u.name != "magnet_hash":
				a.linkTo = id
				a.decide(incoming.Linked)
			case a.Exact != nil && id == a.Exact.ID: // planExact compares them
			default:
				b.refuse(a, u.name+" is taken by another "+t.noun.Name)
			}
		}
	}
	return nil
}

// distinction is a value that no two objects of a noun share.
type distinction struct {
	name   string
	column string // as SQL
	value  func(d *storage.Document) string
}

func (t *table) distinct() []distinction {
	var out []distinction
	for _, f := range t.noun.Fields {
		switch {
		case !f.Distinct:
		case f.Name == t.noun.Label:
			out = append(out, distinction{f.Name, "folded", func(d *storage.Document) string { return textform.Fold(d.Label()) }})
		default:
			column, fold := f.Name, func(s string) string { return s }
			if f.Name == "magnet_hash" {
				column, fold = "lower(magnet_hash)", strings.ToLower
			}
			out = append(out, distinction{f.Name, column, func(d *storage.Document) string {
				s, _ := d.Fields[f.Name].(string)
				return fold(s)
			}})
		}
	}
	if p := t.noun.Parent(); p != nil {
		field := p.IDName()
		out = append(out, distinction{"number", field + "::text || '/' || number::text", func(d *storage.Document) string {
			return fmt.Sprintf("%v/%v", d.Fields[field], d.Fields["number"])
		}})
	}
	return out
}

// planExact finds exported objects that are there already under their id: equal
// ones are unchanged, others refused.
func (b *batch) planExact(ctx context.Context, t *table, group []*arrival) error {
	exact := map[string]*arrival{}
	var ids []string
	for _, a := range group {
		switch {
		case a.Exact == nil:
			continue
		case exact[a.Exact.ID] != nil:
			b.refuse(a, "id is that of an earlier record")
			continue
		}
		exact[a.Exact.ID] = a
		ids = append(ids, a.Exact.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := b.tx.Query(ctx, `SELECT `+t.columns+` FROM `+t.name+` t WHERE id = ANY($1)`, keys(t.noun, ids))
	if err != nil {
		return err
	}
	have, err := t.collect(rows)
	if err != nil {
		return err
	}
	for _, d := range have {
		a := exact[d.ID]
		if storage.SameStored(d, a.Exact) && sameParents(t, d, a.Exact) {
			a.decide(incoming.Unchanged)
		} else {
			b.refuse(a, "id is taken by another "+t.noun.Name+": restore into an empty catalogue, or leave the ids out")
		}
	}
	return nil
}

func sameParents(t *table, a, b *storage.Document) bool {
	for _, f := range t.parents {
		if a.Fields[f.Name] != b.Fields[f.Name] {
			return false
		}
	}
	return true
}
