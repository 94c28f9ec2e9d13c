package data_test

import (
	"context"
	"errors"
	"testing"

	"marquee/deploy/await"

	"github.com/jackc/pgx/v5"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// A process prunes when it starts: the change log after a week by default, the history of
// objects only with --keep-history.
func TestRetention(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		flags           []string
		changes, events int // that are left of one old and one young
	}{
		{"by default", nil, 1, 2},
		{"with both flags", []string{"--keep-history", "24h", "--keep-changes", "1000h"}, 2, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := fixture.Env{"MARQUEE_DATABASE_URL": devstack.Postgres(t)}
			fixture.Run(t, e, "migrate")
			first := fixture.Serve(t, e)
			first.Token = fixture.NewToken(t, e)
			first.Post(t, "/2.0/movies", `{"movie":{"title":"Old"}}`)
			first.Post(t, "/2.0/movies", `{"movie":{"title":"Young"}}`)
			if err := first.Stop(); err != nil {
				t.Fatal(err)
			}
			conn := connectTo(t, e["MARQUEE_DATABASE_URL"])
			for _, table := range []string{"changes", "history"} {
				if _, err := conn.Exec(t.Context(), `UPDATE `+table+` SET at = at - interval '8 days' WHERE version = 1`); err != nil {
					t.Fatal(err)
				}
			}
			fixture.Serve(t, e, test.flags...)
			await.Nil(t, func() error {
				var changes, events int
				err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM changes), (SELECT count(*) FROM history)`).Scan(&changes, &events)
				if err == nil && (changes != test.changes || events != test.events) {
					err = errors.New("not yet")
				}
				return err
			})
		})
	}
}

func connectTo(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
