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
	"marquee/cmd/observe/requestlog"
	"marquee/cmd/setting"
)

// cacheConfig is the settings of the cache.
type cacheConfig struct {
	redis  string
	memory int64
}

func (c *cacheConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.redis, "redis-url", "", "Redis in which processes share cached answers (redis://user:password@host:port/0), or the nodes of a cluster, separated by commas; empty caches in memory only")
	setting.SizeVar(f, &c.memory, "cache-memory", cache.DefaultMemoryBytes, "most memory that cached answers may take, in bytes")
}

// cacheCloseTimeout bounds waiting for reads in the background.
const cacheCloseTimeout = 10 * time.Second

// cachedAPI is the API with the cache in front of it.
type cachedAPI struct {
	*cache.Handler
	shared *shared.Redis // nil without a shared level
}

// openCache puts the cache in front of the API. Keys in Redis begin with the identity of
// the catalogue and the form of answers. So a process never reads entries of another
// database, of a state before a restore, or of a release with other answers.
func (p *process) openCache(ctx context.Context, d *database.DB, c cacheConfig, origin *api.API, checker plan.Checker, o *observers) (*cachedAPI, error) {
	if c.memory <= 0 {
		return nil, errors.New("cache-memory: must be more than 0 bytes")
	}
	h := new(cachedAPI)
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
		Next: requestlog.Measure(o.requests.Pages(p.tracing.Origin(openapi.Mount(origin)))), Observe: o.Cached, Plan: origin.Plan, Checker: checker, Shared: h.shared, Now: p.Now,
		MemoryBytes: c.memory, Logger: p.Logger, Admit: origin.Admit, Unavailable: origin.Unavailable(), PreconditionFailed: origin.PreconditionFailed(),
	})
	if err != nil {
		h.closeShared()
		return nil, err
	}
	return h, nil
}

// close ends the background work of the cache.
func (c *cachedAPI) close() {
	ctx, cancel := context.WithTimeout(context.Background(), cacheCloseTimeout)
	defer cancel()
	_ = c.Close(ctx) // the reads that it waits for have deadlines of their own
	c.closeShared()
}

func (c *cachedAPI) closeShared() {
	if c.shared != nil {
		_ = c.shared.Close() // nothing is lost with the connections
	}
}
