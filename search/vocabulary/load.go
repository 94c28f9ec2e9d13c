package vocabulary

import (
	"context"
	"fmt"
	"time"

	"marquee/storage"
	"marquee/storage/poll"
)

const (
	// followEvery is how often Run applies changes that no search has applied.
	followEvery = time.Second
	// loadTimeout bounds the load of a noun. The 36,000 films of Wikipedia have some
	// 180,000 words, which take less than a second.
	loadTimeout = time.Minute
	// loadShare bounds loads to a part of the time, and loadPause is the least pause after
	// one. During an import, each is soon out of date.
	loadShare, loadPause = 10, 100 * time.Millisecond
)

// Run keeps the words up to date until ctx ends: it applies changes, and loads the words
// where the log does not know all changes. It retries failed loads.
func (c *Copy) Run(ctx context.Context) {
	var failed poll.Backoff
	for ctx.Err() == nil {
		if c.follow(allChanges) {
			poll.Wait(ctx, c.Clock, followEvery, c.reload)
			continue
		}
		began, pause := c.Clock.Now(), loadPause
		if err := c.load(ctx); err == nil {
			failed.Reset()
		} else if ctx.Err() == nil {
			c.failures.Add(1)
			c.Logger.Warn("the words of the catalogue cannot be loaded; retrying", "err", err)
			pause = max(pause, failed.Next())
		}
		poll.Wait(ctx, c.Clock, max(pause, (loadShare-1)*c.Clock.Now().Sub(began)), nil)
	}
}

// load loads the words of all nouns.
func (c *Copy) load(ctx context.Context) error {
	for n := range c.words {
		if err := c.loadNoun(ctx, n); err != nil {
			return fmt.Errorf("load words of %s: %w", n.Plural, err)
		}
	}
	if c.loads.Add(1) == 1 {
		close(c.loaded)
	}
	return nil
}

func (c *Copy) loadNoun(ctx context.Context, n *storage.Noun) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	l := newLoader()
	version, err := c.Source.Vocabulary(ctx, n, l.add)
	if err != nil {
		return err
	}
	loaded := l.words(version)
	c.following.Lock()
	defer c.following.Unlock()
	if w := c.words[n]; w == nil || w.version < version {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.words[n] = loaded
	}
	return nil
}

// Stats are statistics of a Copy, for metrics.
type Stats struct {
	// Version is the version of the catalogue that the words show at least.
	Version int64
	// Words is the number of words of all nouns, the empty ones included.
	Words int
	// Loads and Failures are the numbers of complete and of failed loads.
	Loads, Failures uint64
}

// Stats returns the statistics.
func (c *Copy) Stats() Stats {
	s := Stats{Version: c.Version(), Loads: c.loads.Load(), Failures: c.failures.Load()}
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, w := range c.words {
		if w == nil {
			continue
		}
		for _, list := range w.buckets {
			s.Words += len(list)
		}
	}
	return s
}
