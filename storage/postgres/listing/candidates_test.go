package listing_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// A search that ends at its first candidate stops the statement: each candidate takes
// the database 0.2 s, all of them half a minute.
func TestCandidatesEnd(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	long := strings.Repeat("word ", 2000) // so that the database cannot send all rows at once
	for i := range 150 {
		storetest.Create(t, s, storage.Movie, fmt.Sprintf(`{"title": "Film %d", "description": %q}`, i, long))
	}
	q := &storage.Query{Noun: storage.Movie, Limit: 1, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}}
	slow := func(func(any) string) string { return "pg_sleep(0.2)::text = ''" }
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	refused, visits := errors.New("too much"), 0
	err := s.Snapshot(ctx, false, func(v *postgres.Snapshot) error {
		return v.Candidates(ctx, q, slow, func(int64, []string) error { visits++; return refused })
	})
	if !errors.Is(err, refused) || visits != 1 || ctx.Err() != nil {
		t.Errorf("%d visits, %v, %v", visits, err, ctx.Err())
	}
	running := 1
	for running > 0 && ctx.Err() == nil {
		err := s.Snapshot(ctx, false, func(v *postgres.Snapshot) error {
			rows, err := v.Query(ctx, `SELECT count(*) FROM pg_stat_activity, pg_sleep(0.02) WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(0.2)%' AND pid <> pg_backend_pid()`)
			if err != nil {
				return err
			}
			defer rows.Close()
			rows.Next()
			return rows.Scan(&running)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if running > 0 {
		t.Error("the database still runs the statement")
	}
}
