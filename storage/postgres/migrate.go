package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// schemaVersion is the migration that this code is written for: the last one,
// by the number that its file's name begins with.
var schemaVersion = func() int64 {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		panic(fmt.Sprintf("postgres: read the embedded migrations: %v", err))
	}
	version, err := goose.NumericComponent(files[len(files)-1].Name()) // they are sorted by name
	if err != nil {
		panic(fmt.Sprintf("postgres: %v", err))
	}
	return version
}()

// Migrate brings the schema of the database at url up to what this program
// needs, each migration in one transaction. Several processes may call it at
// once: a lock lets one do the work. What searches read is written anew where it
// has another form than this program's. It returns the names of what it applied.
func Migrate(ctx context.Context, url string) ([]string, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", redact(err))
	}
	config.ConnectTimeout = dialTimeout
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }() // nothing is pending on it then
	provider, err := migrator(db)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate the schema: %w", err)
	}
	if err := rebuild(ctx, config); err != nil {
		return nil, fmt.Errorf("migrate the schema: %w", err)
	}
	var applied []string
	for _, r := range results {
		applied = append(applied, r.Source.Path)
	}
	return applied, nil
}

func migrator(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open the migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("make the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}

// ErrSchemaOld and ErrSchemaNew are databases whose schema is not the one that
// this program needs.
var (
	ErrSchemaOld = errors.New("the database has an older schema")
	ErrSchemaNew = errors.New("the database has a newer schema")
)

func (s *Store) checkSchema(ctx context.Context) error {
	var have int64
	err := s.pool.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&have)
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == undefinedTable {
		have, err = 0, nil
	}
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", translate(err))
	}
	switch {
	case have < schemaVersion:
		return fmt.Errorf("%w: version %d, this program needs %d; run `marquee migrate`", ErrSchemaOld, have, schemaVersion)
	case have > schemaVersion:
		return fmt.Errorf("%w: version %d, this program knows %d; use a newer program", ErrSchemaNew, have, schemaVersion)
	}
	return s.checkForm(ctx)
}

func (s *Store) checkForm(ctx context.Context) error {
	var form string
	if err := s.pool.QueryRow(ctx, `SELECT search_form FROM catalogue`).Scan(&form); err != nil {
		return fmt.Errorf("read the form of what is searched: %w", translate(err))
	}
	if form != searchForm {
		return fmt.Errorf("%w: what is searched has the form %q, this program needs %q; run `marquee migrate`", ErrSchemaOld, form, searchForm)
	}
	return nil
}
