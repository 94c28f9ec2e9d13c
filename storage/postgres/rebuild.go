package postgres

import (
	"context"
	"fmt"
	"unicode"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"marquee/storage"
)

// searchForm identifies how newSearched makes the search columns. Count it up
// with every change of those. The versions of the Unicode tables are part of it,
// since a text that was folded by other ones would be looked for in vain.
const searchForm = "2-" + unicode.Version + "-" + norm.Version

// rebuildPage is how many objects are written anew in one transaction. Editors
// wait for it, so it lasts some tenths of a second.
const rebuildPage = 500

// rebuild writes the search columns of every object anew if they have another
// form than the program's. It is cut into short transactions, so one that was
// interrupted is begun again.
func rebuild(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer hangUp(conn)
	if err := acquire(ctx, conn, "rebuild"); err != nil { // goes with the connection
		return err
	}
	var form string
	if err := conn.QueryRow(ctx, `SELECT search_form FROM catalogue`).Scan(&form); err != nil || form == searchForm {
		return err
	}
	for _, n := range storage.Nouns {
		if t := tables[n]; t.searched() {
			if err := t.rebuild(ctx, conn); err != nil {
				return fmt.Errorf("write the search columns of %s: %w", n.Plural, err)
			}
		}
	}
	_, err = conn.Exec(ctx, `UPDATE catalogue SET search_form = $1`, searchForm)
	return err
}

// rebuild goes through the table in the order of ids.
func (t *table) rebuild(ctx context.Context, conn *pgx.Conn) error {
	var after any = int64(0)
	for {
		var last string
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			// No write may come between reading a document and writing its columns.
			if _, err := tx.Exec(ctx, `SELECT FROM catalogue FOR UPDATE`); err != nil {
				return err
			}
			page, err := t.revisions(ctx, tx, fmt.Sprintf(`WHERE t.id > $1 ORDER BY t.id LIMIT %d`, rebuildPage), after)
			if err != nil || len(page) == 0 {
				return err
			}
			w := &writing{tx: tx}
			docs := make([]*storage.Document, len(page))
			for i := range page {
				docs[i] = page[i].Document
			}
			w.refresh(docs...)
			last = docs[len(docs)-1].ID
			return tx.SendBatch(ctx, &w.pending).Close()
		})
		if err != nil || last == "" {
			return err
		}
		after = key(t.noun, last)
	}
}
