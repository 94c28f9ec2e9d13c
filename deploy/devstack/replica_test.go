package devstack_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// Writes to the primary reach the replica, unless its replay is paused. A replica continues after it was killed or frozen.
// After its promotion it takes writes.
func TestReplica(t *testing.T) {
	t.Parallel()
	r := devstack.StartReplicated(t)
	within := func(limit time.Duration, url, sql string, args ...any) (n int, err error) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return 0, err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		return n, conn.QueryRow(ctx, sql, args...).Scan(&n)
	}
	ask := func(url, sql string, args ...any) (int, error) { return within(time.Minute, url, sql, args...) }
	write := func(url string) int {
		t.Helper()
		n, err := ask(url, `INSERT INTO numbers DEFAULT VALUES RETURNING n`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	shows := func(n int) {
		t.Helper()
		await.Nil(t, func() error {
			count, err := ask(r.Replica.URL(), `SELECT count(*) FROM numbers WHERE n = $1`, n)
			if err == nil && count != 1 {
				err = fmt.Errorf("row %d is not on the replica", n)
			}
			return err
		})
	}
	if _, err := ask(r.Primary.URL(), `CREATE TABLE numbers (n serial)`); !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	shows(write(r.Primary.URL()))
	r.PauseReplay()
	late := write(r.Primary.URL())
	if n, err := ask(r.Replica.URL(), `SELECT count(*) FROM numbers WHERE n = $1`, late); n != 0 || err != nil {
		t.Fatalf("a paused replica shows %d new rows and error %v, want none", n, err)
	}
	r.ResumeReplay()
	shows(late)
	if _, err := ask(r.Replica.URL(), `INSERT INTO numbers DEFAULT VALUES RETURNING n`); err == nil {
		t.Fatal("a replica took a write, want an error")
	}
	for _, fault := range []struct{ happen, heal func() }{{r.Replica.Kill, r.Replica.Restart}, {r.Replica.Stop, r.Replica.Continue}} {
		fault.happen()
		if _, err := within(briefly, r.Replica.URL(), `SELECT 1`); err == nil {
			t.Fatal("a replica answered after its fault, want an error")
		}
		fault.heal()
		shows(write(r.Primary.URL()))
	}
	r.Primary.Kill()
	r.Primary.Restart()
	shows(write(r.Primary.URL()))
	r.Promote()
	if n := write(r.Replica.URL()); n <= late {
		t.Errorf("a promoted replica wrote row %d, want more than %d", n, late)
	}
}
