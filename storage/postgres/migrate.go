package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

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

// lockTimeout is how long a migration waits for a table. Whoever wants the table
// after it waits as well, so a long read, such as an export, must not hold a
// migration up for longer than clients are patient. It fails then, and is run again.
const lockTimeout = 5 * time.Second

// Migrate brings the schema of the database at url up to what this program
// needs, each migration in one transaction, but for indexes that are built beside
// writers, which are begun anew when they were interrupted. Several processes may call it at
// once: a lock lets one do the work. What searches read is written anew where it
// has another form than this program's. It returns the names of what it applied.
func Migrate(ctx context.Context, url string) ([]string, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", redact(err))
	}
	config.ConnectTimeout = dialTimeout
	config.RuntimeParams["lock_timeout"] = fmt.Sprint(lockTimeout.Milliseconds())
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
	// A newer program's database is left as that one wants it.
	if current, target, err := provider.GetVersions(ctx); err != nil || current > target {
		return nil, err
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

// ErrSchemaOld is a database that lacks what this program needs, ErrSchemaNew one
// that no longer has it.
var (
	ErrSchemaOld = errors.New("the database has an older schema")
	ErrSchemaNew = errors.New("the database has a newer schema")
)

// checkSchema refuses a schema that this program cannot work with. It can with
// later ones as long as they have only grown; docs/releases.md has the rule.
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
	if have < schemaVersion {
		return fmt.Errorf("%w: version %d, this program needs %d; run `marquee migrate`", ErrSchemaOld, have, schemaVersion)
	}
	var oldest int64
	if err := s.pool.QueryRow(ctx, `SELECT min_schema FROM catalogue`).Scan(&oldest); err != nil {
		return fmt.Errorf("read which schemas are still supported: %w", translate(err))
	}
	if oldest > schemaVersion {
		return fmt.Errorf("%w: version %d, for programs that know %d; this one knows %d; use a newer program", ErrSchemaNew, have, oldest, schemaVersion)
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
