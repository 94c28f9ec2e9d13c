package serve

import (
	"net/http"

	"marquee/api"
	"marquee/api/forwarded"
	"marquee/cache"
	"marquee/cache/shared"
	"marquee/cmd/observe/metric"
	"marquee/cmd/observe/requestlog"
	"marquee/cmd/observe/trace"
)

// openRedis prepares a Redis, with its commands traced.
func (p *process) openRedis(address, prefix string) (*shared.Redis, error) {
	s, err := shared.Open(shared.Config{Address: address, Prefix: prefix, Logger: p.Logger})
	if err == nil {
		err = p.tracing.Redis(s.Client())
	}
	return s, err
}

// front puts what every request goes through before the cache, outermost first.
// Ids of strangers are dropped before anything could log them. A span is around
// all that takes time, and in the context of all that logs; where nothing is traced
// there is none. What counts and logs requests is told of them by who answers
// (observers), so that a hit passes nothing else.
func (p *process) front(c accessConfig, next http.Handler) (http.Handler, error) {
	proxies, err := forwarded.NewProxies(c.proxies, c.proxyHeader)
	if err != nil {
		return nil, err
	}
	return requestlog.DropForeignIDs(proxies.Trusts, p.tracing.Handler(proxies.Trusts, next)), nil
}

// observers are told of every answer: who counts, who logs, who names spans.
type observers struct {
	requests *metric.Requests
	log      *requestlog.Log
	tracing  *trace.Tracer
}

// Answered is for api.Config.
func (o *observers) Answered(e api.Event) {
	o.requests.Answered(e)
	o.log.Answered(e)
	o.tracing.Answered(e)
}

// Cached is for cache.Config.
func (o *observers) Cached(e cache.Event) {
	o.requests.Cached(e)
	o.log.Cached(e)
	o.tracing.Cached(e)
}
