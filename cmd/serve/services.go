package serve

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"marquee/api"
	"marquee/cache/plan"
	"marquee/cache/timing"
	"marquee/cache/warm"
	"marquee/cmd/database"
	"marquee/cmd/indexing"
	"marquee/cmd/monitor"
	"marquee/cmd/observe/calls"
	"marquee/cmd/observe/health"
	"marquee/cmd/observe/requestlog"
	"marquee/indexer"
	"marquee/search"
	"marquee/search/elastic"
	fallback "marquee/search/postgres"
	"marquee/search/synonym"
	"marquee/search/vocabulary"
	"marquee/storage/counter"
	"marquee/storage/postgres"
	"marquee/storage/tail"
)

// startTimeout bounds reading the end of the change log before the first answer, and
// wordsTimeout loading the words of the catalogue.
const startTimeout, wordsTimeout = 30 * time.Second, 5 * time.Second

// services are the parts of a process that answer requests, and its background work.
type services struct {
	handler http.Handler
	api     *api.API
	log     *tail.Log
	cache   *cachedAPI
	access  *access
	views   *counter.Views
	// The parts for searching, nil without a search index; the indexer is also nil in a
	// process that runs none.
	index   *elastic.Client
	chooser *search.Chooser
	indexed *tail.Watermark
	words   *vocabulary.Copy
	// synonyms are those of searches by words.
	synonyms *synonym.Copy
	// warmer keeps the pages of collections warm. stopWarming ends that, nil before it has
	// begun.
	warmer      *warm.Warmer
	stopWarming func()
	// flushes grows whenever counters in the index have changed.
	flushes atomic.Int64
	indexer *indexer.Indexer
	// The parts for reading a replica, nil without one.
	replica *postgres.Replica
	reader  *postgres.Reader
	// readiness is the phase that the probes report.
	readiness *health.Readiness
	cancel    context.CancelFunc
	running   sync.WaitGroup
}

// startServices starts the services of an open catalogue; close ends them. They outlive
// ctx, because requests in flight need them until the end.
func (p *process) startServices(ctx context.Context, d *database.DB, c serveConfig, m *monitor.Monitor) (_ *services, err error) {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &services{cancel: cancel, readiness: &m.Health.Readiness, log: tail.New(tail.Config{Source: d.Store, Logger: p.Logger})}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.running.Go(func() { s.log.Run(running) })
	s.running.Go(func() { p.retain(running, d, c.retention) })
	s.synonyms = synonym.New(synonym.Config{Source: d.Store, Log: s.log, Logger: p.Logger})
	s.running.Go(func() { s.synonyms.Run(running) })
	watching := &observers{requests: m.Metrics.Requests(), log: requestlog.New(p.Logger, c.trace.Slow), tracing: p.tracing}
	config := api.Config{Versions: waiting{s.log, timing.Log}, Logger: watching.log.Logger(), Health: m.Health.Report, Observe: watching.Answered, RequireIfMatch: c.ifMatch, Now: p.Now, Tail: s.log, MaxStreams: c.streams}
	reads, err := p.openReads(ctx, s, d, c.replica)
	if err != nil {
		return nil, err
	}
	lists, indexed := search.Engine(fallback.New(reads, fallback.WithTotals(search.NewTotals(s.log)))), func() int64 { return 0 }
	if c.index.Configured() {
		if err := p.startSearch(running, s, d, reads, lists, c); err != nil {
			return nil, err
		}
		lists, indexed = s.chooser, s.indexed.Version
	}
	config.Catalogue = &origin{Store: d.Store, reads: reads, lists: lists, log: s.log, written: func() { s.warmer.Wake() }}
	s.views = counter.New(counter.Config{Store: d.Store, Logger: p.Logger})
	s.running.Go(func() { s.views.Run(running) })
	config.Views, config.Synonyms = s.views, s.synonyms
	config.Freshness = api.NewFreshness(s.log, indexed)
	if s.access, err = p.openAccess(ctx, d, c, &config); err != nil {
		return nil, err
	}
	config.Stored = func(target string, at time.Time) plan.Stored { return s.cache.Look(target, at) }
	s.api = api.New(config)
	if s.cache, err = p.openCache(ctx, d, c.cache, s.api, config.Freshness, watching); err != nil {
		return nil, err
	}
	p.followFlushes(running, s, d, reads, c.index.Configured())
	s.warmer = p.newWarmer(s, d, c.cache, watching, m.Metrics)
	if s.handler, err = p.front(c.access, s.cache.Handler); err != nil {
		return nil, err
	}
	s.watch(m, d)
	s.watchReplica(m)
	s.running.Go(func() { m.Health.Run(running) })
	if err := s.ready(ctx, d); err != nil {
		return s, err
	}
	s.keepWarm()
	s.readiness.Serve()
	return s, nil
}

// startSearch starts the parts for searching in Elasticsearch.
func (p *process) startSearch(ctx context.Context, s *services, d *database.DB, reads reader, otherwise search.Engine, c serveConfig) error {
	s.indexed = tail.NewIndexed(d.Store, nil, p.Logger)
	s.words = vocabulary.New(vocabulary.Config{Source: reads, Log: s.log, Logger: p.Logger})
	var err error
	s.index, err = c.index.Open(elastic.Config{Indexed: s.indexed.Version, Flushes: s.flushes.Load, Vocabulary: s.words,
		Totals: search.NewTotals(s.log), Instrument: p.tracing.Elasticsearch(), Began: calls.Elasticsearch})
	if err != nil {
		return err
	}
	s.running.Go(func() { s.indexed.Run(ctx) })
	s.running.Go(func() { s.words.Run(ctx) })
	if c.indexer {
		s.indexer = indexing.NewIndexer(p.Env, &c.index, d, s.index, p.tracing)
		s.running.Go(func() { _ = s.indexer.Run(ctx) }) // it logs its failures, and returns when ctx ends
	}
	s.chooser = search.NewChooser(search.ChooserConfig{Index: s.index, Fallback: otherwise, Progress: waiting{s.indexed, timing.Index}, Log: s.log, Logger: p.Logger})
	return nil
}

// ready waits until the tail of the change log has reached the last write, and the synonyms
// are loaded. It waits a short time for the words of the catalogue: searches that come
// earlier find no typos.
func (s *services) ready(ctx context.Context, d *database.DB) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	version, err := d.Version(ctx)
	if err == nil {
		err = s.log.Wait(ctx, version)
	}
	if err != nil {
		return fmt.Errorf("read the change log: %w", err)
	}
	select {
	case <-s.synonyms.Loaded():
	case <-ctx.Done():
		return fmt.Errorf("load the synonyms: %w", ctx.Err())
	}
	if s.words != nil {
		select {
		case <-s.words.Loaded():
		case <-time.After(wordsTimeout):
		case <-ctx.Done():
		}
	}
	return nil
}

// close ends the services, the dependent ones first.
func (s *services) close() {
	if s.stopWarming != nil {
		s.stopWarming()
	}
	if s.cache != nil {
		s.cache.close()
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
