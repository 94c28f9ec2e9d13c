// Package indexing has the commands for the search index: indexer, reindex, verify.
package indexing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"marquee/cmd/command"
	"marquee/cmd/database"
	"marquee/cmd/monitor"
	"marquee/cmd/observe/health"
	"marquee/cmd/observe/trace"
	"marquee/indexer"
	"marquee/indexer/verify"
	"marquee/search/elastic"
)

// closeTimeout bounds closing the point-in-time searches of a client.
const closeTimeout = 5 * time.Second

// errDiffers is the error of verify when documents differ.
var errDiffers = errors.New("the index differs from the catalogue; a running indexer repairs it, marquee reindex rebuilds it")

// errLags is the error of verify when the index only lags and makes no progress.
var errLags = errors.New("the index lags the catalogue and makes no progress; start an indexer")

// maxShown is how many differences verify prints.
const maxShown = 100

// IndexerCommand makes marquee indexer.
func IndexerCommand(e *command.Env) *cobra.Command {
	var admin string
	var trace monitor.TraceConfig
	cmd := indexCommand("indexer", "Write every change to the search index, until interrupted",
		func(ctx context.Context, c Config) error {
			tracing, end, err := monitor.StartTracing(ctx, e, trace)
			if err != nil {
				return err
			}
			defer end()
			return withIndex(ctx, e, c, tracing, func(x *indexing) error { return run(ctx, e, x, admin) })
		})
	monitor.AdminFlags(cmd.Flags(), &admin)
	trace.Export(cmd.Flags())
	return cmd
}

// ReindexCommand makes marquee reindex.
func ReindexCommand(e *command.Env) *cobra.Command {
	var rollback bool
	cmd := indexCommand("reindex", "Rebuild the search index beside the current one, compare, and swap",
		func(ctx context.Context, c Config) error {
			return withIndex(ctx, e, c, nil, func(x *indexing) error {
				if rollback {
					return x.Rollback(ctx)
				}
				return x.Rebuild(ctx)
			})
		})
	cmd.Flags().BoolVar(&rollback, "rollback", false, "swap back to the previous index")
	return cmd
}

// VerifyCommand makes marquee verify.
func VerifyCommand(e *command.Env) *cobra.Command {
	return indexCommand("verify", "Compare the search index with the catalogue: ids, versions, documents",
		func(ctx context.Context, c Config) error {
			return withIndex(ctx, e, c, nil, func(x *indexing) error { return compare(ctx, e.Stdout, x) })
		})
}

// compare prints how the index differs from the catalogue, and returns an error if it does.
func compare(ctx context.Context, w io.Writer, x *indexing) error {
	report, err := x.Verify(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, report)
	if report.Clean() {
		return nil
	}
	for _, line := range report.Lines(maxShown) {
		fmt.Fprintln(w, line)
	}
	if report.Agrees() && report.Counts[verify.Refused] == 0 {
		return errLags
	}
	return errDiffers
}

// indexCommand returns a command that needs a search index.
func indexCommand(use, short string, work func(context.Context, Config) error) *cobra.Command {
	var c Config
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !c.Configured() {
				return errors.New("no search index is configured: give --elasticsearch-url, such as http://127.0.0.1:9200")
			}
			return work(cmd.Context(), c)
		},
	}
	c.Flags(cmd.Flags())
	return cmd
}

// Config is the settings of the search index.
type Config struct {
	urls  []string
	alias string
	// shards and replicas apply to indices that are created from now on.
	shards, replicas uint
}

// Flags declares the flags.
func (c *Config) Flags(f *pflag.FlagSet) {
	f.StringSliceVar(&c.urls, "elasticsearch-url", nil, "nodes of the Elasticsearch with the search index, separated by commas")
	f.StringVar(&c.alias, "elasticsearch-index", "marquee", "alias of the search index; the names of its indices begin with it")
	f.UintVar(&c.shards, "index-shards", 1, "shards of a new search index, such as one of marquee reindex; a search asks all of them at the same time")
	f.UintVar(&c.replicas, "index-replicas", 1, "most replicas of each shard; a cluster with fewer nodes has fewer")
}

// Configured reports whether a search index is configured.
func (c *Config) Configured() bool { return len(c.urls) > 0 }

// Open returns a client of the index. It sets the addresses, the alias, and the sizes of
// new indices in config.
func (c *Config) Open(config elastic.Config) (*elastic.Client, error) {
	config.URLs, config.Alias, config.Shards, config.Replicas = c.urls, c.alias, int(c.shards), int(c.replicas)
	return elastic.Open(config)
}

// NewIndexer returns an indexer from the catalogue to the index.
func NewIndexer(e *command.Env, c *Config, d *database.DB, client *elastic.Client, tracing *trace.Tracer) *indexer.Indexer {
	return indexer.New(indexer.Config{Store: d.Store, Index: client, Prefix: c.alias + "-", Logger: e.Logger, Trace: tracing.Indexing})
}

// Close closes the client, and its point-in-time searches on the server.
func Close(client *elastic.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	client.Close(ctx)
}

// indexing is an indexer with its catalogue and its index.
type indexing struct {
	*indexer.Indexer
	db     *database.DB
	client *elastic.Client
}

// withIndex calls work with an open catalogue and index.
func withIndex(ctx context.Context, e *command.Env, c Config, tracing *trace.Tracer, work func(*indexing) error) (err error) {
	d, err := e.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	client, err := c.Open(elastic.Config{Instrument: tracing.Elasticsearch()})
	if err != nil {
		return err
	}
	defer Close(client)
	return work(&indexing{Indexer: NewIndexer(e, &c, d, client, tracing), db: d, client: client})
}

// run runs the indexer until ctx ends, and shows it to operators.
func run(ctx context.Context, e *command.Env, x *indexing, address string) (err error) {
	m, err := monitor.Start(ctx, e, address)
	if err != nil {
		return err
	}
	defer m.Close()
	m.Health.Depend("postgresql", health.UpIf(m.Health.Server("postgresql", x.db.Ready)))
	m.Health.Depend("elasticsearch", health.UpIf(m.Health.Server("elasticsearch", x.client.Ping)))
	m.ShowDatabase(x.db)
	m.Metrics.Indexer(x.Stats)
	looking, stop := context.WithCancel(ctx)
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		m.Health.Run(looking)
	}()
	m.Health.Serve()
	err = x.Run(ctx)
	m.Health.Drain()
	stop()
	<-looked
	return err
}
