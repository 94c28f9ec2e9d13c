package storetest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres"
)

// WantUsed fails the test unless every account has the size of the documents that
// the user owns, and returns the sizes.
func WantUsed(t testing.TB, conn *pgx.Conn, s *postgres.Store) map[string]int64 {
	t.Helper()
	var parts []string
	for _, n := range storage.Nouns {
		parts = append(parts, `SELECT owner, octet_length(document::text) FROM `+n.Plural)
	}
	rows, err := conn.Query(deadline(t), `SELECT u.name, coalesce((SELECT sum(o.octet_length) FROM (`+strings.Join(parts, " UNION ALL ")+`) o WHERE o.owner = u.name), 0)::bigint FROM users u`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	var name string
	var sum int64
	if _, err := pgx.ForEachRow(rows, []any{&name, &sum}, func() error { want[name] = sum; return nil }); err != nil {
		t.Fatal(err)
	}
	accounts, err := s.Accounts(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, a := range accounts {
		got[a.User] = a.Used
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("used bytes (-owned +used):\n%s", diff)
	}
	return got
}
