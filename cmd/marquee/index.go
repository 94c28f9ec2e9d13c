package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"marquee/indexer"
	"marquee/search/elastic"
)

// closeTimeout bounds what is freed on the index at the end.
const closeTimeout = 5 * time.Second

// errDiffers makes verify fail when the index is not what it should be.
var errDiffers = errors.New("the index differs from the catalogue; a running indexer repairs it, marquee reindex builds it anew")

func (p *program) indexerCommand() *cobra.Command {
	return p.indexCommand("indexer", "Carry every change into the search index, until interrupted",
		func(ctx context.Context, x *indexer.Indexer) error { return x.Run(ctx) })
}

func (p *program) reindexCommand() *cobra.Command {
	var rollback bool
	cmd := p.indexCommand("reindex", "Build the search index anew beside the present one, compare, and swap",
		func(ctx context.Context, x *indexer.Indexer) error {
			if rollback {
				return x.Rollback(ctx)
			}
			return x.Rebuild(ctx)
		})
	cmd.Flags().BoolVar(&rollback, "rollback", false, "go back to the index before the present one")
	return cmd
}

func (p *program) verifyCommand() *cobra.Command {
	return p.indexCommand("verify", "Compare the search index with the catalogue: ids, versions, documents",
		func(ctx context.Context, x *indexer.Indexer) error {
			report, err := x.Verify(ctx)
			if err != nil {
				return err
			}
			fmt.Fprintln(p.stdout, report)
			if !report.Clean() {
				return errDiffers
			}
			return nil
		})
}

// indexCommand makes a command that works on the search index.
func (p *program) indexCommand(use, short string, work func(context.Context, *indexer.Indexer) error) *cobra.Command {
	var c indexConfig
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(c.urls) == 0 {
				return errors.New("no search index is configured: give --elasticsearch-url, such as http://127.0.0.1:9200")
			}
			return p.withIndex(cmd.Context(), c, work)
		},
	}
	cmd.Flags().StringSliceVar(&c.urls, "elasticsearch-url", nil, "nodes of the Elasticsearch that holds the search index, separated by commas")
	cmd.Flags().StringVar(&c.alias, "elasticsearch-index", "marquee", "name of the search index; the physical ones begin with it")
	return cmd
}

// indexConfig says where the search index is.
type indexConfig struct {
	urls  []string
	alias string
}

// withIndex opens the catalogue and the index for the work.
func (p *program) withIndex(ctx context.Context, c indexConfig, work func(context.Context, *indexer.Indexer) error) (err error) {
	d, err := p.database.open(ctx, p.logger, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	client, err := elastic.Open(elastic.Config{URLs: c.urls, Alias: c.alias})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		client.Close(ctx)
	}()
	return work(ctx, indexer.New(indexer.Config{Store: d.Store, Index: client, Prefix: c.alias + "-", Logger: p.logger}))
}
