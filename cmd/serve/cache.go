package serve

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"marquee/api"
	"marquee/api/openapi"
	"marquee/cache"
	"marquee/cache/plan"
	"marquee/cache/shared"
	"marquee/cmd/database"
	"marquee/cmd/setting"
)

// cacheConfig says what answers are kept in.
type cacheConfig struct {
	redis  string
	memory int64
}

func (c *cacheConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.redis, "redis-url", "", "Redis that processes share their answers in (redis://user:password@host:port/0); the nodes of a cluster are separated by commas; empty keeps them in memory only")
	setting.SizeVar(f, &c.memory, "cache-memory", cache.DefaultMemoryBytes, "how much memory answers may take, in bytes")
}

// cacheCloseTimeout bounds waiting for reads that go on behind requests.
const cacheCloseTimeout = 10 * time.Second

// cached is the API behind the cache.
type cached struct {
	*cache.Handler
	shared *shared.Redis // nil where none is configured
}

// openCache puts the cache in front of the API. Keys begin with the catalogue's
// identity and the form of its answers, so that processes over another database, over
// an earlier state of this one that was restored, or of another release never meet
// its answers.
func (p *process) openCache(ctx context.Context, d *database.DB, c cacheConfig, origin *api.API, checker plan.Checker, o *observers) (*cached, error) {
	if c.memory <= 0 {
		return nil, errors.New("cache-memory: must be more than 0 bytes")
	}
	h := new(cached)
	if c.redis != "" {
		identity, err := d.Identity(ctx)
		if err != nil {
			return nil, err
		}
		if h.shared, err = p.openRedis(c.redis, "marquee:"+identity+":"+openapi.Form()+":"); err != nil {
			return nil, fmt.Errorf("redis-url: %w", err)
		}
	}
	var err error
	h.Handler, err = cache.New(cache.Config{
		Next: o.requests.Pages(p.tracing.Origin(openapi.Mount(origin))), Observe: o.Cached, Plan: origin.Plan, Checker: checker, Shared: h.shared,
		MemoryBytes: c.memory, Logger: p.Logger, Admit: origin.Admit, Unavailable: origin.Unavailable(),
	})
	if err != nil {
		h.closeShared()
		return nil, err
	}
	return h, nil
}

// close ends what the cache does behind requests.
func (c *cached) close() {
	ctx, cancel := context.WithTimeout(context.Background(), cacheCloseTimeout)
	defer cancel()
	_ = c.Close(ctx) // what it waits for are reads, which end by themselves
	c.closeShared()
}

func (c *cached) closeShared() {
	if c.shared != nil {
		_ = c.shared.Close() // nothing is lost with the connections
	}
}
