package program

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/pflag"

	"marquee/storage/embedded"
	"marquee/storage/postgres"
)

// databaseConfig says where the catalogue's PostgreSQL is.
type databaseConfig struct {
	URL         string
	DataDir     string
	PostgresBin string
	// SecretKey is the text of the keys that apps' secrets are encrypted with; empty
	// means those of a file in DataDir.
	SecretKey string
	// Quota is how many bytes a user may store, 0 for any number.
	Quota int64
	// tracer follows statements, nil follows none.
	tracer pgx.QueryTracer
}

func (c *databaseConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.URL, "database-url", "", "PostgreSQL to use (postgres://user:password@host:port/database); empty starts a private one")
	f.StringVar(&c.DataDir, "data-dir", "marquee-data", "folder of the private PostgreSQL")
	f.StringVar(&c.PostgresBin, "postgres-bin", "", "installation that the private PostgreSQL runs from, such as /usr/lib/postgresql/17; empty downloads one once")
	f.StringVar(&c.SecretKey, "secret-key", "", "keys that apps' secrets are encrypted with, separated by commas, the newest first: 32 bytes each, in base64 or hexadecimal; empty keeps one in the data directory")
	sizeVar(f, &c.Quota, "quota", 0, "bytes that a user's objects may have, where the user has no quota of their own; 0 is no limit")
}

// migrateTimeout bounds bringing a private database's schema up to date.
const migrateTimeout = 5 * time.Minute

// database is an open catalogue, with the private server under it, if any.
type database struct {
	*postgres.Store
	url    string
	server *embedded.Server
}

// open opens the catalogue. A private one is found running, or started; its
// schema is this program's own business, that of any other database changes
// only by marquee migrate.
func (c *databaseConfig) open(ctx context.Context, logger *slog.Logger, share bool) (*database, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	options = append(options, postgres.WithTracer(c.tracer))
	d := &database{url: c.URL}
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
func (d *database) connect(ctx context.Context, private bool, options []postgres.Option) (err error) {
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	for {
		d.Store, err = postgres.Open(ctx, d.url, options...)
		if !private || !errors.Is(err, postgres.ErrSchemaOld) {
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
func (c *databaseConfig) openPrivate(ctx context.Context, d *database, logger *slog.Logger, share bool) error {
	if share {
		url, running, err := embedded.Find(c.DataDir)
		if err != nil {
			return fmt.Errorf("find the private PostgreSQL: %w", err)
		}
		if running {
			d.url = url
			return nil // whoever started it migrates it
		}
	}
	var err error
	if d.server, err = embedded.Start(ctx, embedded.Config{DataDir: c.DataDir, BinDir: c.PostgresBin, Logger: logger}); err != nil {
		return err
	}
	d.url = d.server.URL()
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	_, err = postgres.Migrate(ctx, d.url)
	return err
}

// Close closes the catalogue and stops a private server that open started.
func (d *database) Close() error {
	if d.Store != nil {
		d.Store.Close()
	}
	if d.server == nil {
		return nil
	}
	return d.server.Close()
}
