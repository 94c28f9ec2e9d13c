package serve

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"marquee/cmd/database"
	"marquee/cmd/monitor"
	"marquee/cmd/observe/health"
	fallback "marquee/search/postgres"
	"marquee/search/touch"
	"marquee/search/vocabulary"
	"marquee/storage"
	"marquee/storage/postgres"
)

// replicaConfig is the settings of the replica.
type replicaConfig struct{ url string }

func (c *replicaConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.url, "replica-url", "", "streaming replica of the PostgreSQL of --database-url, or a balancer in front of several, used for reads while it is recent enough for them; empty reads the primary")
}

// reader reads the catalogue: the store, or a postgres.Reader over the store and a
// replica.
type reader interface {
	fallback.Source
	vocabulary.Source
	Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error)
	Suggest(ctx context.Context, q *storage.SuggestQuery) (*storage.Suggestions, error)
	Flushes(ctx context.Context, since int64, limit int) (*storage.Flushes, error)
}

// openReads opens the replica, if one is configured.
func (p *process) openReads(ctx context.Context, s *services, d *database.DB, c replicaConfig) (reader, error) {
	switch {
	case c.url == "":
		return d.Store, nil
	case d.Private():
		return nil, errors.New("replica-url: the private PostgreSQL has no replica; give --database-url as well")
	}
	var err error
	if s.replica, err = postgres.OpenReplica(ctx, c.url, d.Store, p.Logger); err != nil {
		return nil, fmt.Errorf("replica-url: %w", err)
	}
	s.reader = postgres.NewReader(postgres.ReaderConfig{Primary: d.Store, Replica: s.replica, Log: s.log, Touches: touches, TouchesSuggestions: touchesSuggestions, Logger: p.Logger})
	return s.reader, nil
}

// touches returns a function that reports whether a change touches a list.
func touches(q *storage.Query) func(*storage.Change) bool {
	return touch.NewInterest(q).Check().Touched
}

// touchesSuggestions returns a function that reports whether a change touches suggestions.
func touchesSuggestions(q *storage.SuggestQuery) func(*storage.Change) bool {
	return touch.NewSuggestions(q).Touched
}

// watchReplica shows the replica to operators, if there is one.
func (s *services) watchReplica(m *monitor.Monitor) {
	if s.replica == nil {
		return
	}
	const name = "postgresql_replica"
	answers := m.Health.Server(name, s.replica.Ping)
	up := func() bool { return answers() && !s.reader.Degraded() }
	m.Health.Depend(name, health.UpIf(up))
	m.Health.Mode("primary-reads-only", func() bool { return !up() })
	m.Metrics.Pool("replica", s.replica.PoolStats)
	m.Metrics.Breaker(name, s.reader.Degraded)
	m.Metrics.Reads(s.reader.Stats)
}
