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
	"marquee/storage/embedded"
	"marquee/storage/postgres"
	"marquee/storage/postgres/migration"
	"marquee/storage/secret"
)

// Config says where the catalogue's PostgreSQL is.
type Config struct {
	URL         string
	DataDir     string
	PostgresBin string
	// SecretKey is the text of the keys that apps' secrets are encrypted with; empty
	// means those of a file in DataDir.
	SecretKey string
	// Quota is how many bytes a user may store, 0 for any number.
	Quota int64
	// Tracer follows statements, nil follows none.
	Tracer pgx.QueryTracer
}

// Flags declares the flags.
func (c *Config) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.URL, "database-url", "", "PostgreSQL to use (postgres://user:password@host:port/database); empty starts a private one")
	f.StringVar(&c.DataDir, "data-dir", "marquee-data", "folder of the private PostgreSQL")
	f.StringVar(&c.PostgresBin, "postgres-bin", "", "installation that the private PostgreSQL runs from, such as /usr/lib/postgresql/17; empty downloads one once")
	f.StringVar(&c.SecretKey, "secret-key", "", "keys that apps' secrets are encrypted with, separated by commas, the newest first: 32 bytes each, in base64 or hexadecimal; empty keeps one in the data directory")
	setting.SizeVar(f, &c.Quota, "quota", 0, "bytes that a user's objects may have, where the user has no quota of their own; 0 is no limit")
}

// migrateTimeout bounds bringing a private database's schema up to date.
const migrateTimeout = 5 * time.Minute

// DB is an open catalogue, with the private server under it, if any.
type DB struct {
	*postgres.Store
	URL    string
	server *embedded.Server
}

// Open opens the catalogue. A private one is found running, or started; its
// schema is this program's own business, that of any other database changes
// only by marquee migrate.
func (c *Config) Open(ctx context.Context, logger *slog.Logger, share bool) (*DB, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	options = append(options, postgres.WithTracer(c.Tracer))
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
		logger.Warn("the database is a copy of an earlier state, or took over from another: versions that may have been used are left out, and the search index is built anew")
	}
	return d, nil
}

// schemaPause is how often a private database is asked whether whoever started
// it has migrated it by now.
const schemaPause = 100 * time.Millisecond

// connect opens the store. A private database that another command has just
// started is about to be migrated by that one.
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

// openPrivate finds or starts the private server and migrates it. With share
// unset it must not be running yet.
func (c *Config) openPrivate(ctx context.Context, d *DB, logger *slog.Logger, share bool) error {
	if share {
		url, running, err := embedded.Find(c.DataDir)
		if err != nil {
			return fmt.Errorf("find the private PostgreSQL: %w", err)
		}
		if running {
			d.URL = url
			return nil // whoever started it migrates it
		}
	}
	var err error
	if d.server, err = embedded.Start(ctx, embedded.Config{DataDir: c.DataDir, BinDir: c.PostgresBin, Logger: logger}); err != nil {
		return err
	}
	d.URL = d.server.URL()
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	_, err = postgres.Migrate(ctx, d.URL)
	return err
}

// Private reports whether open started a private server.
func (d *DB) Private() bool { return d.server != nil }

// Failed is closed when the private server has ended; nil where there is none.
func (d *DB) Failed() <-chan struct{} {
	if d.server == nil {
		return nil
	}
	return d.server.Done()
}

// Err returns why the private server ended.
func (d *DB) Err() error { return d.server.Err() }

// Close closes the catalogue and stops a private server that open started.
func (d *DB) Close() error {
	if d.Store != nil {
		d.Store.Close()
	}
	if d.server == nil {
		return nil
	}
	return d.server.Close()
}

// SecretFile is where keys are kept that nobody gave, in the data directory.
const SecretFile = "secret.key"

// options are what the store is opened with.
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
