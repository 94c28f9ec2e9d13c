package program

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"marquee/indexer"
	"marquee/search/elastic"
)

// closeTimeout bounds what is freed on the index at the end.
const closeTimeout = 5 * time.Second

// errDiffers makes verify fail when the index is not what it should be.
var errDiffers = errors.New("the index differs from the catalogue; a running indexer repairs it, marquee reindex builds it anew")

// errBehind makes verify fail when the index is only late, and nobody carries on.
var errBehind = errors.New("the index is behind the catalogue, and comes no further; start an indexer")

// maxShown bounds the differences that verify prints.
const maxShown = 100

func (p *Program) indexerCommand() *cobra.Command {
	var admin string
	var trace traceConfig
	cmd := p.indexCommand("indexer", "Carry every change into the search index, until interrupted",
		func(ctx context.Context, x *indexing) error { return p.runIndexer(ctx, x, admin) })
	adminFlags(cmd.Flags(), &admin)
	trace.export(cmd.Flags())
	work := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		end, err := p.startTracing(cmd.Context(), trace)
		if err != nil {
			return err
		}
		defer end()
		return work(cmd, args)
	}
	return cmd
}

func (p *Program) reindexCommand() *cobra.Command {
	var rollback bool
	cmd := p.indexCommand("reindex", "Build the search index anew beside the present one, compare, and swap",
		func(ctx context.Context, x *indexing) error {
			if rollback {
				return x.Rollback(ctx)
			}
			return x.Rebuild(ctx)
		})
	cmd.Flags().BoolVar(&rollback, "rollback", false, "go back to the index before the present one")
	return cmd
}

func (p *Program) verifyCommand() *cobra.Command {
	return p.indexCommand("verify", "Compare the search index with the catalogue: ids, versions, documents",
		func(ctx context.Context, x *indexing) error {
			report, err := x.Verify(ctx)
			if err != nil {
				return err
			}
			fmt.Fprintln(p.stdout, report)
			if report.Clean() {
				return nil
			}
			for _, line := range report.Lines(maxShown) {
				fmt.Fprintln(p.stdout, line)
			}
			if report.Agrees() && report.Counts[indexer.Refused] == 0 {
				return errBehind
			}
			return errDiffers
		})
}

// indexCommand makes a command that works on the search index.
func (p *Program) indexCommand(use, short string, work func(context.Context, *indexing) error) *cobra.Command {
	var c indexConfig
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !c.configured() {
				return errors.New("no search index is configured: give --elasticsearch-url, such as http://127.0.0.1:9200")
			}
			return p.withIndex(cmd.Context(), c, work)
		},
	}
	c.flags(cmd.Flags())
	return cmd
}

// indexConfig says where the search index is.
type indexConfig struct {
	urls  []string
	alias string
	// shards and replicas are those of indices that are made from here on.
	shards, replicas uint
}

func (c *indexConfig) flags(f *pflag.FlagSet) {
	f.StringSliceVar(&c.urls, "elasticsearch-url", nil, "nodes of the Elasticsearch that holds the search index, separated by commas")
	f.StringVar(&c.alias, "elasticsearch-index", "marquee", "name of the search index; the physical ones begin with it")
	f.UintVar(&c.shards, "index-shards", 1, "parts of a search index that is made from here on, such as by marquee reindex; a search asks all of them at the same time")
	f.UintVar(&c.replicas, "index-replicas", 1, "most copies of each part besides the first; a cluster of fewer nodes makes fewer")
}

// configured reports whether there is a search index.
func (c *indexConfig) configured() bool { return len(c.urls) > 0 }

// open prepares a client of the index; indexed and flushes, when not nil, tell how
// far it has come (see elastic.Config). instrument, when not nil, traces calls.
func (c *indexConfig) open(indexed, flushes func() int64, instrument elastictransport.Instrumentation) (*elastic.Client, error) {
	return elastic.Open(elastic.Config{URLs: c.urls, Alias: c.alias, Shards: int(c.shards), Replicas: int(c.replicas),
		Indexed: indexed, Flushes: flushes, Instrument: instrument})
}

// indexer makes an indexer between the catalogue and the index.
func (p *Program) indexer(c *indexConfig, d *database, client *elastic.Client) *indexer.Indexer {
	return indexer.New(indexer.Config{Store: d.Store, Index: client, Prefix: c.alias + "-", Logger: p.logger, Trace: p.tracing.Indexing})
}

// closeIndex frees what searches left on the server.
func closeIndex(client *elastic.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	client.Close(ctx)
}

// indexing is an indexer with what it works on.
type indexing struct {
	*indexer.Indexer
	database *database
	client   *elastic.Client
}

// withIndex opens the catalogue and the index for the work.
func (p *Program) withIndex(ctx context.Context, c indexConfig, work func(context.Context, *indexing) error) (err error) {
	d, err := p.database.open(ctx, p.logger, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	client, err := c.open(nil, nil, p.tracing.Elasticsearch())
	if err != nil {
		return err
	}
	defer closeIndex(client)
	return work(ctx, &indexing{Indexer: p.indexer(&c, d, client), database: d, client: client})
}
