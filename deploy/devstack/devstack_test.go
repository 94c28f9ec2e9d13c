package devstack_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/deploy/devstack"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// Each test has its own empty database, in which it may create the extensions that the catalogue needs.
func TestPostgres(t *testing.T) {
	t.Parallel()
	for range 3 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			conn, err := pgx.Connect(ctx, devstack.Postgres(t))
			if err != nil {
				t.Fatal(err)
			}
			// The connection stays open: the cleanup must drop the database regardless.
			for _, statement := range []string{
				"CREATE TABLE movies (title text)",
				"CREATE EXTENSION pg_trgm",
				"CREATE EXTENSION unaccent",
				"CREATE EXTENSION btree_gin",
			} {
				if _, err := conn.Exec(ctx, statement); err != nil {
					t.Fatalf("%s: %v", statement, err)
				}
			}
		})
	}
}

// A missing data set skips the test where CI is not set.
func TestDataMissing(t *testing.T) {
	t.Setenv("CI", "")
	var inner *testing.T
	t.Run("inner", func(t *testing.T) {
		inner = t
		devstack.Data(t, "no such", "file")
	})
	if !inner.Skipped() {
		t.Error("Data of a missing file did not skip the test")
	}
}
