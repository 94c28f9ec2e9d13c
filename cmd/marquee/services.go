package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"marquee/api"
	"marquee/indexer"
	"marquee/search"
	"marquee/search/elastic"
	standin "marquee/search/postgres"
	"marquee/storage/tail"
	"marquee/storage/tally"
)

const (
	// startTimeout bounds reading the end of the log before the first answer.
	startTimeout = 30 * time.Second
	// keepChanges is how long the log of changes is kept, and pruneEvery how
	// often it is looked at.
	keepChanges = 7 * 24 * time.Hour
	pruneEvery  = time.Hour
	// pruneTimeout bounds one pruning.
	pruneTimeout = time.Minute
)

// services are what answers requests, and what runs beside that in the process.
type services struct {
	handler http.Handler
	log     *tail.Log
	index   *elastic.Client // nil where none is configured
	cached  *cached
	access  *access
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// startServices starts them over an open catalogue; close ends them. They outlive
// ctx, since requests in flight need them to the end.
func (p *program) startServices(ctx context.Context, d *database, c serveConfig) (_ *services, err error) {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &services{cancel: cancel, log: tail.New(tail.Config{Source: d.Store, Logger: p.logger})}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.running.Go(func() { s.log.Run(running) })
	s.running.Go(func() { p.prune(running, d) })
	config := api.Config{Versions: s.log, Logger: p.logger}
	lists, indexed := search.Engine(standin.New(d.Store)), func() int64 { return 0 }
	if c.index.configured() {
		chooser, watermark, err := p.startSearch(running, s, d, lists, c)
		if err != nil {
			return nil, err
		}
		lists, indexed = chooser, watermark.Version
		config.Optional = func() map[string]string { return map[string]string{"elasticsearch": state(chooser)} }
	}
	config.Catalogue = &origin{Store: d.Store, lists: lists, log: s.log}
	views := tally.New(tally.Config{Store: d.Store, Logger: p.logger})
	s.running.Go(func() { views.Run(running) })
	config.Views = views
	config.Freshness = api.NewFreshness(s.log, indexed)
	if s.access, err = p.openAccess(ctx, d, c, &config); err != nil {
		return nil, err
	}
	if s.cached, err = p.openCache(ctx, d, c.cache, api.New(config), config.Freshness); err != nil {
		return nil, err
	}
	p.followCounts(running, s, d, c.index.configured())
	s.handler = s.cached.Handler
	return s, s.ready(ctx, d)
}

// startSearch starts what searching in Elasticsearch takes.
func (p *program) startSearch(ctx context.Context, s *services, d *database, standIn search.Engine, c serveConfig) (*search.Chooser, *tail.Watermark, error) {
	indexed := tail.NewIndexed(d.Store, nil, p.logger)
	client, err := c.index.open(indexed.Version)
	if err != nil {
		return nil, nil, err
	}
	s.index = client
	s.running.Go(func() { indexed.Run(ctx) })
	if c.indexer {
		x := indexer.New(c.index.indexer(d, client, p.logger))
		s.running.Go(func() { _ = x.Run(ctx) }) // it logs what fails, and returns when it is told to
	}
	return search.NewChooser(search.ChooserConfig{Index: client, StandIn: standIn, Progress: indexed, Log: s.log, Logger: p.logger}), indexed, nil
}

// state is the chooser's word for the readiness probe.
func state(c *search.Chooser) string {
	if c.Degraded() {
		return "degraded"
	}
	return "up"
}

// ready waits until the log in memory has come to the present.
func (s *services) ready(ctx context.Context, d *database) error {
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
		closeIndex(s.index)
	}
}

// prune keeps the log of changes from growing for ever, until ctx ends.
func (p *program) prune(ctx context.Context, d *database) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		bounded, cancel := context.WithTimeout(ctx, pruneTimeout)
		versions, err := d.Prune(bounded, keepChanges)
		cancel()
		switch {
		case err != nil && !errors.Is(err, context.Canceled):
			p.logger.Warn("the log of changes was not pruned; it is tried again", "after", pruneEvery, "err", err)
		case versions > 0:
			p.logger.Info("pruned the log of changes", "versions", versions)
		}
	}
}
