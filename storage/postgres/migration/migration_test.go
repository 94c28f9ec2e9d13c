package migration_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres"
	"marquee/storage/postgres/migration"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// openMigrator returns a provider that can step through the migrations.
func openMigrator(t *testing.T, url string) (*sql.DB, *goose.Provider) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDB(*config)
	t.Cleanup(func() { db.Close() })
	provider, err := migration.NewProvider(db)
	if err != nil {
		t.Fatal(err)
	}
	return db, provider
}

// Migrations that move tokens and counters keep the values, in both directions.
func TestMigrationsPreserveData(t *testing.T) {
	t.Parallel()
	url := devstack.Postgres(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, provider := openMigrator(t, url)
	if _, err := provider.UpTo(ctx, 3); err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256([]byte("mq_old"))
	for sql, args := range map[string][]any{
		`INSERT INTO tokens (hash, name, role) VALUES ($1, 'ed', 'editor')`: {hash[:]},
		`INSERT INTO movies (version, document_version, document, sort_key, likes, views, added, modified)
			VALUES (1, 1, '{"title":"A"}', '', 4, 9, now(), now()), (1, 1, '{"title":"B"}', '', 0, 0, now(), now())`: nil,
	} {
		if _, err := db.ExecContext(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	check := func() {
		t.Helper()
		if _, err := postgres.Migrate(ctx, url); err != nil {
			t.Fatal(err)
		}
		s, err := postgres.Open(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if u, err := s.Authenticate(ctx, "mq_old"); err != nil || *u != (credential.User{Name: "ed", Role: credential.Editor, Scheme: credential.Bearer}) {
			t.Errorf("%+v, %v", u, err)
		}
		docs, _, err := s.Documents(ctx, storage.Movie, []string{"1", "2"})
		if err != nil || len(docs) != 2 {
			t.Fatalf("%d films, %v", len(docs), err)
		}
		want := map[string][3]int64{"1": {4, 0, 9}, "2": {}}
		for _, r := range docs {
			f := r.Document.Fields
			if got := [3]int64{f["likes"].(int64), f["dislikes"].(int64), f["views"].(int64)}; got != want[r.Document.ID] {
				t.Errorf("film %s has %v, want %v", r.Document.ID, got, want[r.Document.ID])
			}
		}
		if accounts, err := s.Accounts(ctx); err != nil || len(accounts) != 1 || accounts[0].User != "ed" {
			t.Errorf("%+v, %v", accounts, err)
		}
	}
	check()
	if _, err := provider.DownTo(ctx, 3); err != nil {
		t.Fatal(err)
	}
	var likes int
	if err := db.QueryRowContext(ctx, `SELECT likes FROM movies WHERE id = 1`).Scan(&likes); err != nil || likes != 4 {
		t.Errorf("after going back: %d likes, %v", likes, err)
	}
	check()
}

// Searched texts keep their values when they move to a table of their own, and the
// vocabulary its numbers.
func TestMigrationMovesTexts(t *testing.T) {
	t.Parallel()
	url := devstack.Postgres(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, provider := openMigrator(t, url)
	if _, err := provider.UpTo(ctx, 12); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(ctx, `INSERT INTO movies (version, document_version, document, sort_key, added, modified, raw, canon, digests, names)
			VALUES (1, 1, '{"title":"A"}', '', now(), now(), E'\x1eA\x1eEd\x1e', E'\x1eA\x1eED\x1e', '{1,2}', '{Ed}'),
				(1, 1, '{"title":"A\u001eB"}', '', now(), now(), E'\x1eA\uFFFDB\x1eEd\x1e', E'\x1eA\uFFFDB\x1eED\x1e', '{3}', '{Ed}');
		INSERT INTO vocabulary VALUES ('movie', 'star', 7), ('movie', ':star', 5), ('movie', 'stori', 2), ('movie', ':story', 1), ('person', 'star', 3)`); err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(ctx, 13); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		`SELECT string_agg(concat_ws(' ', id, replace(raw, E'\x1e', '|'), replace(canon, E'\x1e', '|'), digests, replace(edged::text, E'\x1e', '|')), '; ' ORDER BY id) FROM movie_texts`: "1 |A|Ed| |A|ED| {1,2}; 2 |A\ufffdB|Ed| |A\ufffdB|ED| {3} {A|B,Ed}",
		`SELECT string_agg(concat_ws(' ', noun, term, objects, words), '; ' ORDER BY noun, term) FROM vocabulary`:                                                                         "movie star 7 5; movie stori 2 0; movie story 0 1; person star 3 0",
	} {
		var got string
		if err := db.QueryRowContext(ctx, query).Scan(&got); err != nil || got != want {
			t.Errorf("got %q, want %q, %v", got, want, err)
		}
	}
}

// A migration that waits for a long read gives up, because later statements queue
// after it. It succeeds when it is run again.
func TestMigrationGivesUpWaiting(t *testing.T) {
	t.Parallel()
	url := devstack.Postgres(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := postgres.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	db, provider := openMigrator(t, url)
	if _, err := provider.DownTo(ctx, migration.FirstRuled-1); err != nil {
		t.Fatal(err)
	}
	reader, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.ExecContext(ctx, `SELECT FROM catalogue`); err != nil {
		t.Fatal(err)
	}
	if applied, err := postgres.Migrate(ctx, url); err == nil || !strings.Contains(err.Error(), "lock timeout") {
		t.Errorf("applied %v, %v", applied, err)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if applied, err := postgres.Migrate(ctx, url); err != nil || len(applied) != int(migration.Latest)-migration.FirstRuled+1 {
		t.Errorf("applied %v, %v", applied, err)
	}
}
