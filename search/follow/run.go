package follow

import (
	"context"
	"time"

	"marquee/storage/poll"
)

const (
	// followEvery is how often Run applies changes that no reader has applied.
	followEvery = time.Second
	// loadTimeout bounds the load of a part. The 36,000 films of Wikipedia have some
	// 180,000 words, which take less than a second.
	loadTimeout = time.Minute
	// loadShare bounds loads to a part of the time, and loadPause is the least pause after
	// one. During an import, each is soon out of date.
	loadShare, loadPause = 10, 100 * time.Millisecond
)

// Run keeps the parts up to date until ctx ends: it applies changes, and loads the parts
// where the log does not know all changes. It retries failed loads.
func (f *Follower) Run(ctx context.Context) {
	var failed poll.Backoff
	for ctx.Err() == nil {
		if f.follow(f.Log.Version(), 0) {
			poll.Wait(ctx, f.Clock, followEvery, f.reload)
			continue
		}
		began, pause := f.Clock.Now(), loadPause
		if err := f.load(ctx); err == nil {
			failed.Reset()
		} else if ctx.Err() == nil {
			f.failures.Add(1)
			f.Logger.Warn("a part of the catalogue cannot be loaded into memory; retrying", "part", f.Content, "err", err)
			pause = max(pause, failed.Next())
		}
		poll.Wait(ctx, f.Clock, max(pause, (loadShare-1)*f.Clock.Now().Sub(began)), nil)
	}
}

// load loads all parts.
func (f *Follower) load(ctx context.Context) error {
	for _, p := range f.parts {
		if err := f.loadPart(ctx, p); err != nil {
			return err
		}
	}
	if f.loads.Add(1) == 1 {
		close(f.loaded)
	}
	return nil
}

func (f *Follower) loadPart(ctx context.Context, p *followed) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	version, replace, err := p.Load(ctx)
	if err != nil {
		return err
	}
	f.following.Lock()
	defer f.following.Unlock()
	if p.version.Load() < version {
		replace()
		p.version.Store(version)
	}
	return nil
}
