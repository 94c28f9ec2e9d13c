// Package migration brings the schema of a database up to date, and reports
// whether the program can work with it. The migrations are in the folder sql.
package migration

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"marquee/storage/postgres/pool"
)

//go:embed sql/*.sql
var files embed.FS

// latest is the migration that this code is written for: the last one, by the
// number that its file's name begins with.
var latest = func() int64 {
	all, err := files.ReadDir("sql")
	if err != nil {
		panic(fmt.Sprintf("migration: read the embedded files: %v", err))
	}
	version, err := goose.NumericComponent(all[len(all)-1].Name()) // they are sorted by name
	if err != nil {
		panic(fmt.Sprintf("migration: %v", err))
	}
	return version
}()

// lockTimeout is how long a migration waits for a table. Later statements on the
// table queue after it, so it must not wait for a long read, such as an export, for
// longer than clients are patient. It fails then, and can be run again.
const lockTimeout = 5 * time.Second

// Limit sets the lock timeout of migrations on connections.
func Limit(config *pgx.ConnConfig) {
	config.RuntimeParams["lock_timeout"] = fmt.Sprint(lockTimeout.Milliseconds())
}

// Apply runs the migrations that the database lacks and returns the names of their
// files. Each runs in one transaction, except for the creation of indexes that does
// not block writers; after an interruption these start again. Several processes may
// call it at once: a lock lets one do the work. newer reports a schema of a newer
// program, to which nothing is applied.
func Apply(ctx context.Context, config *pgx.ConnConfig) (applied []string, newer bool, err error) {
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }() // nothing is pending on it then
	provider, err := newProvider(db)
	if err != nil {
		return nil, false, err
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("migrate the schema: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, r := range results {
		applied = append(applied, r.Source.Path)
	}
	return applied, current > target, nil
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	folder, err := fs.Sub(files, "sql")
	if err != nil {
		return nil, fmt.Errorf("open the migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("make the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, folder, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}

// Errors of Check: ErrOld means that the schema lacks something that this program
// needs, ErrNew that something was removed from it.
var (
	ErrOld = errors.New("the database has an older schema")
	ErrNew = errors.New("the database has a newer schema")
)

// Check returns an error unless this program can work with the schema. It can work
// with later schemas that only add to its own; docs/releases.md has the rule.
func Check(ctx context.Context, db pool.Querier) error {
	var have int64
	err := db.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&have)
	if pool.IsUndefinedTable(err) {
		have, err = 0, nil
	}
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", pool.Translate(err))
	}
	if have < latest {
		return fmt.Errorf("%w: version %d, this program needs %d; run `marquee migrate`", ErrOld, have, latest)
	}
	var oldest int64
	if err := db.QueryRow(ctx, `SELECT min_schema FROM catalogue`).Scan(&oldest); err != nil {
		return fmt.Errorf("read the oldest supported schema: %w", pool.Translate(err))
	}
	if oldest > latest {
		return fmt.Errorf("%w: version %d, for programs that know %d; this one knows %d; use a newer program", ErrNew, have, oldest, latest)
	}
	return nil
}
