package serve

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"marquee/api"
	"marquee/cmd/database"
	"marquee/cmd/indexing"
	"marquee/cmd/monitor"
	"marquee/cmd/observe/health"
	"marquee/cmd/observe/requestlog"
	"marquee/indexer"
	"marquee/search"
	"marquee/search/elastic"

	standin "marquee/search/postgres"
	"marquee/storage/counter"
	"marquee/storage/postgres"
	"marquee/storage/tail"
)

// startTimeout bounds reading the end of the log before the first answer.
const startTimeout = 30 * time.Second

// services are what answers requests, and what runs beside that in the process.
type services struct {
	handler http.Handler
	log     *tail.Log
	index   *elastic.Client // nil where none is configured
	cached  *cached
	access  *access
	views   *counter.Views
	// What searching takes, nil where no index is configured; the indexer also where
	// this process is none.
	chooser *search.Chooser
	indexed *tail.Watermark
	// flushes grows whenever the index has votes and views that it lacked.
	flushes atomic.Int64
	indexer *indexer.Indexer
	// What reads go to, nil where no replica is configured.
	replica *postgres.Replica
	reader  *postgres.Reader
	// readiness is what the probes tell of the process.
	readiness *health.Readiness
	cancel    context.CancelFunc
	running   sync.WaitGroup
}

// startServices starts them over an open catalogue; close ends them. They outlive
// ctx, since requests in flight need them to the end.
func (p *process) startServices(ctx context.Context, d *database.DB, c serveConfig, o *monitor.Monitor) (_ *services, err error) {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &services{cancel: cancel, readiness: &o.Health.Readiness, log: tail.New(tail.Config{Source: d.Store, Logger: p.Logger})}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.running.Go(func() { s.log.Run(running) })
	s.running.Go(func() { p.retain(running, d, c.retention) })
	told := &observers{requests: o.Metrics.Requests(), log: requestlog.New(p.Logger, c.trace.Slow), tracing: p.tracing}
	config := api.Config{Versions: s.log, Logger: told.log.Logger(), Health: o.Health.Report, Observe: told.Answered, RequireIfMatch: c.ifMatch}
	reads, err := p.openReads(ctx, s, d, c.replica)
	if err != nil {
		return nil, err
	}
	lists, indexed := search.Engine(standin.New(reads)), func() int64 { return 0 }
	if c.index.Configured() {
		if err := p.startSearch(running, s, d, lists, c); err != nil {
			return nil, err
		}
		lists, indexed = s.chooser, s.indexed.Version
	}
	config.Catalogue = &origin{Store: d.Store, reads: reads, lists: lists, log: s.log}
	s.views = counter.New(counter.Config{Store: d.Store, Logger: p.Logger})
	s.running.Go(func() { s.views.Run(running) })
	config.Views = s.views
	config.Freshness = api.NewFreshness(s.log, indexed)
	if s.access, err = p.openAccess(ctx, d, c, &config); err != nil {
		return nil, err
	}
	if s.cached, err = p.openCache(ctx, d, c.cache, api.New(config), config.Freshness, told); err != nil {
		return nil, err
	}
	p.followFlushes(running, s, d, reads, c.index.Configured())
	if s.handler, err = p.front(c.access, s.cached.Handler); err != nil {
		return nil, err
	}
	s.watch(o, d)
	s.watchReplica(o)
	s.running.Go(func() { o.Health.Run(running) })
	if err := s.ready(ctx, d); err != nil {
		return s, err
	}
	s.readiness.Serve()
	return s, nil
}

// startSearch starts what searching in Elasticsearch takes.
func (p *process) startSearch(ctx context.Context, s *services, d *database.DB, standIn search.Engine, c serveConfig) error {
	indexed := tail.NewIndexed(d.Store, nil, p.Logger)
	client, err := c.index.Open(indexed.Version, s.flushes.Load, p.tracing.Elasticsearch())
	if err != nil {
		return err
	}
	s.index, s.indexed = client, indexed
	s.running.Go(func() { indexed.Run(ctx) })
	if c.indexer {
		s.indexer = indexing.NewIndexer(p.Env, &c.index, d, client, p.tracing)
		s.running.Go(func() { _ = s.indexer.Run(ctx) }) // it logs what fails, and returns when it is told to
	}
	s.chooser = search.NewChooser(search.ChooserConfig{Index: client, Fallback: standIn, Progress: indexed, Log: s.log, Logger: p.Logger})
	return nil
}

// ready waits until the log in memory has come to the present.
func (s *services) ready(ctx context.Context, d *database.DB) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	version, err := d.Version(ctx)
	if err == nil {
		err = s.log.Wait(ctx, version)
	}
	if err != nil {
		return fmt.Errorf("read the log of changes: %w", err)
	}
	return nil
}

// close ends the services, those first that need the others.
func (s *services) close() {
	if s.cached != nil {
		s.cached.close()
	}
	s.cancel()
	s.running.Wait()
	if s.access != nil {
		s.access.close()
	}
	if s.index != nil {
		indexing.Close(s.index)
	}
	if s.replica != nil {
		s.replica.Close()
	}
}
