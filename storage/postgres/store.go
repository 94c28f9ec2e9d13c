// Package postgres stores the catalogue in PostgreSQL. Store combines the packages
// below: objects and their history, the change log, counters, and credentials.
package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/access"
	"marquee/storage/postgres/calendar"
	"marquee/storage/postgres/changelog"
	"marquee/storage/postgres/flush"
	"marquee/storage/postgres/history"
	"marquee/storage/postgres/identity"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/migration"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/sealed"
	"marquee/storage/postgres/searched"
	"marquee/storage/postgres/write"
	"marquee/storage/schedule"
	"marquee/storage/secret"
)

// Store is the catalogue in one PostgreSQL database. It is safe for concurrent
// use.
type Store struct {
	*changelog.Log
	*flush.Counters
	*history.Archive
	*write.Writer
	*importer.Importer
	*access.Credentials

	pool     *pool.Pool
	calendar calendar.Memory
	identity *identity.Guard
	tracer   pgx.QueryTracer
}

// Option configures a store.
type Option func(*options)

type options struct {
	secrets *secret.Ring
	quota   int64
	tracer  pgx.QueryTracer
	// analysis is nil in stores that are not searched by words.
	analysis storage.Analysis
}

func newOptions(opts []Option) (o options) {
	for _, set := range opts {
		set(&o)
	}
	return o
}

// WithSecrets sets the keys that encrypt the secrets of apps and their tokens.
// Without them, apps cannot be managed.
func WithSecrets(r *secret.Ring) Option { return func(o *options) { o.secrets = r } }

// WithQuota bounds the documents that a user may create, in bytes, unless the user
// has a quota of their own. 0 is no limit.
func WithQuota(bytes int64) Option { return func(o *options) { o.quota = bytes } }

// WithTracer sets a tracer of every statement; nil traces none.
func WithTracer(t pgx.QueryTracer) Option { return func(o *options) { o.tracer = t } }

// WithAnalysis sets what makes the terms by which searches by words find objects. Without
// it no object has terms. Open and Migrate need the same one.
func WithAnalysis(a storage.Analysis) Option { return func(o *options) { o.analysis = a } }

// Open connects to the database at url, a PostgreSQL URL or keyword string. It
// fails if the schema lacks something that the program needs (migration.ErrOld),
// which Migrate fixes, or has lost it (migration.ErrNew). If the database is a copy of
// an earlier state, Open makes it safe to write to; Restarted then reports true.
func Open(ctx context.Context, url string, opts ...Option) (*Store, error) {
	o := newOptions(opts)
	config, err := pool.Config(url)
	if err != nil {
		return nil, err
	}
	guard := &identity.Guard{}
	config.ConnConfig.Tracer = o.tracer
	config.AfterConnect = guard.Check
	p, err := pool.New(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	if err := check(ctx, p, guard, searched.Form(o.analysis)); err != nil {
		p.Close()
		return nil, err
	}
	return newStore(p, guard, o, storage.Now), nil
}

func newStore(p *pool.Pool, guard *identity.Guard, o options, now func() time.Time) *Store {
	return &Store{
		Log: changelog.New(p, now), Counters: flush.New(p), Archive: history.New(p, now),
		Writer: write.New(p, now, o.quota, o.analysis), Importer: importer.New(p, now, o.quota, o.analysis),
		Credentials: access.New(p, sealed.New(p, o.secrets), now),
		pool:        p, identity: guard, tracer: o.tracer,
	}
}

// check returns an error unless the program can work with the database, and its search
// columns have the form.
func check(ctx context.Context, p *pool.Pool, guard *identity.Guard, form string) error {
	if err := migration.Check(ctx, p); err != nil {
		return err
	}
	if err := checkForm(ctx, p, form); err != nil {
		return err
	}
	return guard.Adopt(ctx, p)
}

// Close waits for connections in use and closes all.
func (s *Store) Close() { s.pool.Close() }

// Ready reports whether the database answers, on a connection that no request
// uses.
func (s *Store) Ready(ctx context.Context) error { return s.pool.Ready(ctx) }

// PoolStats returns the statistics of the store's connections.
func (s *Store) PoolStats() pool.Stats { return s.pool.Stats() }

// Lead runs f while this process is the only leader of a name; see pool.Pool.Lead.
func (s *Store) Lead(ctx context.Context, name string, f func(ctx context.Context) error) error {
	return s.pool.Lead(ctx, name, f)
}

// Listen calls notify for every notification on the channels; see pool.Pool.Listen.
func (s *Store) Listen(ctx context.Context, channels []string, notify func(channel, payload string)) error {
	return s.pool.Listen(ctx, channels, notify)
}

// Identity returns a text that differs for databases with different histories of
// versions; see identity.Of.
func (s *Store) Identity(ctx context.Context) (string, error) { return identity.Of(ctx, s.pool) }

// Restarted reports whether the store has met a database that is a copy of an
// earlier state, and left versions out.
func (s *Store) Restarted() bool { return s.identity.Restarted() }

// Restored treats the database as a copy of an earlier state, for copies that Open
// cannot recognize, such as a snapshot of the disk.
func (s *Store) Restored(ctx context.Context) error { return s.identity.Restored(ctx, s.pool) }

// Version is the version of the last committed write, 0 for a catalogue that was
// never written to.
func (s *Store) Version(ctx context.Context) (int64, error) {
	var v int64
	err := s.pool.QueryRow(ctx, `SELECT version FROM catalogue`).Scan(&v)
	return v, pool.Translate(err)
}

// Get returns one object. parents are the ids that the path names, outermost
// first; an object with other parents is not found.
func (s *Store) Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error) {
	return schema.Get(ctx, s.pool, n, id, parents)
}

// List answers a query from one snapshot.
func (s *Store) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	page, _, err := s.calendar.List(ctx, s.pool, q)
	return page, err
}

// Suggest answers a query for suggestions from one snapshot.
func (s *Store) Suggest(ctx context.Context, q *storage.SuggestQuery) (*storage.Suggestions, error) {
	out, _, err := s.calendar.Suggest(ctx, s.pool, q)
	return out, err
}

// Calendar returns the periods of all collections. It reads them only if a collection was
// written since.
func (s *Store) Calendar(ctx context.Context) (*schedule.Calendar, error) {
	return s.calendar.Calendar(ctx, s.pool)
}

// Analyze makes PostgreSQL gather statistics after an import. It would do so by
// itself some time later, and until then plan queries for the earlier data.
func (s *Store) Analyze(ctx context.Context) error {
	names := []string{"sources", "suggestions", "suggestion_words", "suggestion_prefixes"}
	for _, n := range storage.Nouns {
		names = append(names, n.Plural)
		if len(schema.Of(n).Counters) > 0 {
			names = append(names, schema.CountersTable(n))
		}
		if n.Voted() {
			names = append(names, schema.VotesTable(n))
		}
		if schema.Of(n).Searched() {
			names = append(names, schema.TextsTable(n))
		}
		for _, l := range schema.Of(n).Links {
			names = append(names, l.Name)
		}
	}
	_, err := s.pool.Exec(ctx, `VACUUM (ANALYZE) `+strings.Join(names, ", "))
	return pool.Translate(err)
}
