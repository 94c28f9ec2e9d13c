package serve

import (
	"net/http"

	"marquee/api"
	"marquee/api/forwarded"
	"marquee/cache"
	"marquee/cache/shared"
	"marquee/cmd/agenda"
	"marquee/cmd/observe/calls"
	"marquee/cmd/observe/metric"
	"marquee/cmd/observe/requestlog"
	"marquee/cmd/observe/trace"
)

// openRedis opens a Redis, and times and traces its commands.
func (p *process) openRedis(address, prefix string) (*shared.Redis, error) {
	s, err := shared.Open(shared.Config{Address: address, Prefix: prefix, Logger: p.Logger})
	if err != nil {
		return nil, err
	}
	calls.Redis(s.Client())
	return s, p.tracing.Redis(s.Client())
}

// front adds the middleware in front of the cache. The outermost drops request ids of
// clients that are not trusted, before anything can log them. The next one starts the
// span, which must be in the context of everything that logs; without tracing there is
// none. Metrics and logs need no middleware: the cache and the API report their answers
// to observers, so that a hit passes nothing else.
func (p *process) front(c accessConfig, next http.Handler) (http.Handler, error) {
	proxies, err := forwarded.NewProxies(c.proxies, c.proxyHeader)
	if err != nil {
		return nil, err
	}
	return requestlog.DropForeignIDs(proxies.Trusts, p.tracing.Handler(proxies.Trusts, next)), nil
}

// observers receive an event for each answer, for metrics, logs and traces.
type observers struct {
	requests *metric.Requests
	log      *requestlog.Log
	tracing  *trace.Tracer
	// collections is set before the first request.
	collections *agenda.Requests
}

// Answered is the Observe of api.Config.
func (o *observers) Answered(e api.Event) {
	o.requests.Answered(e)
	o.log.Answered(e)
	o.tracing.Answered(e)
}

// Cached is the Observe of cache.Config.
func (o *observers) Cached(e cache.Event) {
	o.requests.Cached(e)
	o.log.Cached(e)
	o.tracing.Cached(e)
	o.collections.Cached(e)
}
