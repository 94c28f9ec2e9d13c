// Package indexing has the commands that work on the search index: indexer, reindex, verify.
package indexing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
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

// closeTimeout bounds what is freed on the index at the end.
const closeTimeout = 5 * time.Second

// errDiffers makes verify fail when the index is not what it should be.
var errDiffers = errors.New("the index differs from the catalogue; a running indexer repairs it, marquee reindex builds it anew")

// ErrBehind makes verify fail when the index is only late, and nobody carries on.
var ErrBehind = errors.New("the index is behind the catalogue, and comes no further; start an indexer")

// maxShown bounds the differences that verify prints.
const maxShown = 100

// IndexerCommand makes marquee indexer.
func IndexerCommand(e *command.Env) *cobra.Command {
	var admin string
	var trace monitor.TraceConfig
	cmd := indexCommand("indexer", "Carry every change into the search index, until interrupted",
		func(ctx context.Context, c Config) error {
			tracing, end, err := monitor.StartTracing(ctx, e, trace)
			if err != nil {
				return err
			}
			defer end()
			return withIndex(ctx, e, c, tracing, func(x *indexing) error { return carry(ctx, e, x, admin) })
		})
	monitor.AdminFlags(cmd.Flags(), &admin)
	trace.Export(cmd.Flags())
	return cmd
}

// ReindexCommand makes marquee reindex.
func ReindexCommand(e *command.Env) *cobra.Command {
	var rollback bool
	cmd := indexCommand("reindex", "Build the search index anew beside the present one, compare, and swap",
		func(ctx context.Context, c Config) error {
			return withIndex(ctx, e, c, nil, func(x *indexing) error {
				if rollback {
					return x.Rollback(ctx)
				}
				return x.Rebuild(ctx)
			})
		})
	cmd.Flags().BoolVar(&rollback, "rollback", false, "go back to the index before the present one")
	return cmd
}

// VerifyCommand makes marquee verify.
func VerifyCommand(e *command.Env) *cobra.Command {
	return indexCommand("verify", "Compare the search index with the catalogue: ids, versions, documents",
		func(ctx context.Context, c Config) error {
			return withIndex(ctx, e, c, nil, func(x *indexing) error { return compare(ctx, e.Stdout, x) })
		})
}

// compare prints how the index differs from the catalogue, and fails when it does.
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
		return ErrBehind
	}
	return errDiffers
}

// indexCommand makes a command that works on the search index.
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

// Config says where the search index is.
type Config struct {
	urls  []string
	alias string
	// shards and replicas are those of indices that are made from here on.
	shards, replicas uint
}

// Flags declares the flags.
func (c *Config) Flags(f *pflag.FlagSet) {
	f.StringSliceVar(&c.urls, "elasticsearch-url", nil, "nodes of the Elasticsearch that holds the search index, separated by commas")
	f.StringVar(&c.alias, "elasticsearch-index", "marquee", "name of the search index; the physical ones begin with it")
	f.UintVar(&c.shards, "index-shards", 1, "parts of a search index that is made from here on, such as by marquee reindex; a search asks all of them at the same time")
	f.UintVar(&c.replicas, "index-replicas", 1, "most copies of each part besides the first; a cluster of fewer nodes makes fewer")
}

// Configured reports whether there is a search index.
func (c *Config) Configured() bool { return len(c.urls) > 0 }

// Open prepares a client of the index; indexed and flushes, when not nil, tell how
// far it has come (see elastic.Config). instrument, when not nil, traces calls.
func (c *Config) Open(indexed, flushes func() int64, instrument elastictransport.Instrumentation) (*elastic.Client, error) {
	return elastic.Open(elastic.Config{URLs: c.urls, Alias: c.alias, Shards: int(c.shards), Replicas: int(c.replicas),
		Indexed: indexed, Flushes: flushes, Instrument: instrument})
}

// NewIndexer makes an indexer between the catalogue and the index.
func NewIndexer(e *command.Env, c *Config, d *database.DB, client *elastic.Client, tracing *trace.Tracer) *indexer.Indexer {
	return indexer.New(indexer.Config{Store: d.Store, Index: client, Prefix: c.alias + "-", Logger: e.Logger, Trace: tracing.Indexing})
}

// Close frees what searches left on the server.
func Close(client *elastic.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	client.Close(ctx)
}

// indexing is an indexer with what it works on.
type indexing struct {
	*indexer.Indexer
	db     *database.DB
	client *elastic.Client
}

// withIndex opens the catalogue and the index for the work.
func withIndex(ctx context.Context, e *command.Env, c Config, tracing *trace.Tracer, work func(*indexing) error) (err error) {
	d, err := e.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	client, err := c.Open(nil, nil, tracing.Elasticsearch())
	if err != nil {
		return err
	}
	defer Close(client)
	return work(&indexing{Indexer: NewIndexer(e, &c, d, client, tracing), db: d, client: client})
}

// carry carries changes into the index, watched, until ctx ends.
func carry(ctx context.Context, e *command.Env, x *indexing, address string) (err error) {
	o, err := monitor.Start(ctx, e, address)
	if err != nil {
		return err
	}
	defer o.Close()
	o.Health.Depend("postgresql", health.UpIf(o.Health.Server("postgresql", x.db.Ready)))
	o.Health.Depend("elasticsearch", health.UpIf(o.Health.Server("elasticsearch", x.client.Ping)))
	o.ShowDatabase(x.db)
	o.Metrics.Indexer(x.Stats)
	looking, stop := context.WithCancel(ctx)
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		o.Health.Run(looking)
	}()
	o.Health.Serve()
	err = x.Run(ctx)
	o.Health.Drain()
	stop()
	<-looked
	return err
}
