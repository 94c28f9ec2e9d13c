package postgres

import (
	"context"

	"marquee/search/highlight"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/postgres"
)

// highlights finds the text in the objects of a page, if the query asks for it. matched is
// the text of a search by words.
func highlights(ctx context.Context, v *postgres.Snapshot, q *storage.Query, page *storage.Page, matched *text.Query) error {
	if !q.Highlight {
		return nil
	}
	finder, err := highlight.New(q.Text, matched, page.Relaxed)
	if err != nil {
		return err
	}
	persons, err := highlight.Persons(page.Objects)
	if err != nil {
		return err
	}
	names, err := v.Labels(ctx, storage.Person, persons)
	if err != nil {
		return err
	}
	page.Highlights, err = highlight.Objects(finder, page.Objects, func(_ int, ids []string) []string {
		out := make([]string, len(ids))
		for i, id := range ids {
			out[i] = names[id]
		}
		return out
	})
	return err
}
