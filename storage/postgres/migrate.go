package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/commit"
	"marquee/storage/postgres/migration"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/searched"
	"marquee/storage/postgres/suggested"
)

// Migrate brings the database at url up to date: its schema, and what searches
// and suggestions read if that has another form than this program's. Several processes may call it at
// once. It returns the names of the migrations that it applied. It leaves a database
// of a newer program unchanged.
func Migrate(ctx context.Context, url string, opts ...Option) ([]string, error) {
	config, err := pool.ConnConfig(url)
	if err != nil {
		return nil, err
	}
	migration.Limit(config)
	applied, newer, err := migration.Apply(ctx, config)
	if err != nil || newer {
		return nil, err
	}
	if err := rebuild(ctx, config, newOptions(opts).analysis); err != nil {
		return nil, fmt.Errorf("migrate the schema: %w", err)
	}
	return applied, nil
}

// checkForm returns an error unless the search columns have the form.
func checkForm(ctx context.Context, db pool.Querier, want string) error {
	var form string
	if err := db.QueryRow(ctx, `SELECT search_form FROM catalogue`).Scan(&form); err != nil {
		return fmt.Errorf("read the form of the search columns: %w", pool.Translate(err))
	}
	if form != want {
		return fmt.Errorf("%w: the search columns have the form %q, this program needs %q; run `marquee migrate`", migration.ErrOld, form, want)
	}
	return nil
}

// rebuildPage is the number of objects that one transaction of a rebuild updates.
// Editors wait for it, so it takes some tenths of a second.
const rebuildPage = 500

// rebuild updates the search columns and suggestions of every object if they have another
// form than the program's. It commits after each page, and starts again after an interruption. The
// vocabulary counts the stored terms after each page, so an interruption is no harm.
func rebuild(ctx context.Context, config *pgx.ConnConfig, a storage.Analysis) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer pool.HangUp(conn)
	if err := pool.Lock(ctx, conn, "rebuild"); err != nil {
		return err
	}
	var form string
	want := searched.Form(a)
	if err := conn.QueryRow(ctx, `SELECT search_form FROM catalogue`).Scan(&form); err != nil || form == want {
		return err
	}
	for _, n := range storage.Nouns {
		if t := schema.Of(n); t.Searched() || suggested.Suggests(n) {
			if err := rebuildTable(ctx, conn, t, a); err != nil {
				return fmt.Errorf("write what searches read of %s: %w", n.Plural, err)
			}
		}
	}
	_, err = conn.Exec(ctx, `UPDATE catalogue SET search_form = $1`, want)
	return err
}

// rebuildTable updates the rows of a table in the order of ids.
func rebuildTable(ctx context.Context, conn *pgx.Conn, t *schema.Table, a storage.Analysis) error {
	after := schema.FirstKey(t.Noun)
	for {
		var last string
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			// No write may change a document between its reading and the update.
			if _, err := tx.Exec(ctx, `SELECT FROM catalogue FOR UPDATE`); err != nil {
				return err
			}
			page, err := t.Revisions(ctx, tx, fmt.Sprintf(`WHERE t.id > $1 ORDER BY t.id LIMIT %d`, rebuildPage), after)
			if err != nil || len(page) == 0 {
				return err
			}
			last = page[len(page)-1].Document.ID
			w := &commit.Tx{Tx: tx, Analysis: a}
			if err := w.RefreshSearched(ctx, schema.Documents(page)...); err != nil {
				return err
			}
			for _, d := range schema.Documents(page) {
				w.SuggestAgain(nil, d)
			}
			return w.Finish(ctx)
		})
		if err != nil || last == "" {
			return err
		}
		after = schema.Key(t.Noun, last)
	}
}
