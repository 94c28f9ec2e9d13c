// Package database opens the catalogue's PostgreSQL: a given one, or a private server.
package database

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/pflag"

	"marquee/cmd/setting"
	"marquee/search/text"
	"marquee/storage/embedded"
	"marquee/storage/postgres"
	"marquee/storage/postgres/migration"
	"marquee/storage/secret"
)

// Config is the settings of the database.
type Config struct {
	URL         string
	DataDir     string
	PostgresBin string
	// SecretKey is the keys that encrypt the secrets of apps, in the form of secret.Parse.
	// Empty means the keys of a file in DataDir.
	SecretKey string
	// Quota is how many bytes a user may store; 0 is no limit.
	Quota int64
	// Tracer traces statements; nil traces none.
	Tracer pgx.QueryTracer
}

// Flags declares the flags.
func (c *Config) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.URL, "database-url", "", "PostgreSQL to use (postgres://user:password@host:port/database); empty starts a private one")
	f.StringVar(&c.DataDir, "data-dir", "marquee-data", "folder of the private PostgreSQL")
	f.StringVar(&c.PostgresBin, "postgres-bin", "", "installation from which the private PostgreSQL runs, such as /usr/lib/postgresql/17; empty downloads one once")
	f.StringVar(&c.SecretKey, "secret-key", "", "keys that encrypt the secrets of apps, separated by commas, the newest first: 32 bytes each, in base64 or hexadecimal; empty stores a key in the data directory")
	setting.SizeVar(f, &c.Quota, "quota", 0, "bytes that the objects of a user may have, unless the user has a quota of their own; 0 is no limit")
}

// migrateTimeout bounds the migration of a private database.
const migrateTimeout = 5 * time.Minute

// DB is an open catalogue. With a private server it owns the server.
type DB struct {
	*postgres.Store
	URL    string
	server *embedded.Server
}

// Open opens the catalogue. Without a URL it starts a private server, or with share uses
// one that runs already, and migrates its schema. Only marquee migrate changes the schema
// of another database.
func (c *Config) Open(ctx context.Context, logger *slog.Logger, share bool) (*DB, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	options = append(options, postgres.WithTracer(c.Tracer), postgres.WithAnalysis(text.Analysis{}))
	d := &DB{URL: c.URL}
	if c.URL == "" {
		if err := c.openPrivate(ctx, d, logger, share); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	if err := d.connect(ctx, c.URL == "", options); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if d.Restarted() {
		logger.Warn("the database is a copy of an earlier state, or took over from another: versions that may have been used are skipped, and the search index is rebuilt")
	}
	return d, nil
}

// schemaPause is the interval of checks whether the process that started a private
// database has migrated it.
const schemaPause = 100 * time.Millisecond

// connect opens the store. When another command has just started the private database, it
// waits until that command has migrated it.
func (d *DB) connect(ctx context.Context, private bool, options []postgres.Option) (err error) {
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	for {
		d.Store, err = postgres.Open(ctx, d.URL, options...)
		if !private || !errors.Is(err, migration.ErrOld) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(schemaPause):
		}
	}
}

// openPrivate starts the private server and migrates it. With share it uses a server that
// runs already; without share that is an error.
func (c *Config) openPrivate(ctx context.Context, d *DB, logger *slog.Logger, share bool) error {
	if share {
		url, running, err := embedded.Find(c.DataDir)
		if err != nil {
			return fmt.Errorf("find the private PostgreSQL: %w", err)
		}
		if running {
			d.URL = url
			return nil // the process that started it migrates it
		}
	}
	var err error
	if d.server, err = embedded.Start(ctx, embedded.Config{DataDir: c.DataDir, BinDir: c.PostgresBin, Logger: logger}); err != nil {
		return err
	}
	d.URL = d.server.URL()
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	_, err = postgres.Migrate(ctx, d.URL, postgres.WithAnalysis(text.Analysis{}))
	return err
}

// Private reports whether Open started a private server.
func (d *DB) Private() bool { return d.server != nil }

// Failed returns a channel that is closed when the private server has ended, and nil
// without a private server.
func (d *DB) Failed() <-chan struct{} {
	if d.server == nil {
		return nil
	}
	return d.server.Done()
}

// Err returns why the private server ended.
func (d *DB) Err() error { return d.server.Err() }

// Close closes the catalogue and stops the private server that Open started.
func (d *DB) Close() error {
	if d.Store != nil {
		d.Store.Close()
	}
	if d.server == nil {
		return nil
	}
	return d.server.Close()
}

// SecretFile is the file of the keys in the data directory, used when no keys are given.
const SecretFile = "secret.key"

// options returns the options of the store.
func (c *Config) options() ([]postgres.Option, error) {
	ring := secret.File(filepath.Join(c.DataDir, SecretFile))
	if c.SecretKey != "" {
		var err error
		if ring, err = secret.Parse(c.SecretKey); err != nil {
			return nil, fmt.Errorf("secret-key: %w", err)
		}
	}
	return []postgres.Option{postgres.WithSecrets(ring), postgres.WithQuota(c.Quota)}, nil
}
