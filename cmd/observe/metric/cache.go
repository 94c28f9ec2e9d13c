package metric

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"

	"marquee/cache"
	"marquee/cache/origin"
)

// results are the counters of the cache's results. Looking them up by number costs a
// hit less than looking them up by label.
type results [math.MaxUint8 + 1]prometheus.Counter

// levels are the levels that answered requests, "none" where none did.
var levels = map[cache.Result]string{
	cache.Hit: "memory", cache.HitUnchecked: "memory", cache.HitStale: "memory", cache.Failed: "memory", cache.HitShared: "redis",
	cache.Missed: "origin", cache.Touched: "origin", cache.Expired: "origin", cache.Collapsed: "origin", cache.Bypassed: "origin",
	cache.Refused: "none", cache.Overloaded: "none", cache.Left: "none",
}

// results registers the metrics of the cache's results. Results without a level are
// those of background work.
func (m *Registry) results(of *results) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "cache_requests_total", Help: "Reads through the cache, by the level that answered and the result.",
	}, []string{"level", "result"})
	background := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "cache_background_total", Help: "Background work of the cache, by result.",
	}, []string{"result"})
	m.registry.MustRegister(requests, background)
	for i := range of {
		r := cache.Result(i)
		switch level := levels[r]; {
		case level != "":
			of[i] = requests.WithLabelValues(level, r.String())
		case r.String() != "":
			of[i] = background.WithLabelValues(r.String())
		}
	}
}

// Cache registers the metrics of the cache's memory and of the gates to the origin.
func (m *Registry) Cache(stats func() cache.Stats) {
	m.gauge("cache_memory_bytes", "Approximate memory of cached responses and spellings, in bytes.", func() float64 { return float64(stats().Bytes) })
	m.gauge("cache_memory_limit_bytes", "Limit of the memory of cached responses and spellings, in bytes.", func() float64 { return float64(stats().Limit) })
	m.gauge("cache_entries", "Approximate number of cached responses, and of spellings of their targets, in memory.", func() float64 { return float64(stats().Entries) }, "kind", "answers")
	m.gauge("cache_entries", "Approximate number of cached responses, and of spellings of their targets, in memory.", func() float64 { return float64(stats().Spellings) }, "kind", "spellings")
	m.counter("cache_evictions_total", "Cached responses evicted to free memory.", func() float64 { return float64(stats().Evicted) })
	m.gate("reads", func() origin.SlotStats { return stats().Reads })
	m.gate("versions", func() origin.SlotStats { return stats().Versions })
}

// gate registers the metrics of one gate to the origin.
func (m *Registry) gate(name string, stats func() origin.SlotStats) {
	m.gauge("origin_places", "Limit of concurrent requests at the origin. The gate versions is for requests with Min-Version.",
		func() float64 { return float64(stats().Slots) }, "gate", name)
	m.gauge("origin_requests", "Requests that the origin is answering.", func() float64 { return float64(stats().InUse) }, "gate", name)
	m.gauge("origin_queued", "Requests that wait for a place at the origin.", func() float64 { return float64(stats().Queued) }, "gate", name)
	m.counter("origin_waits_total", "Requests that had to wait for a place at the origin.", func() float64 { return float64(stats().Waits) }, "gate", name)
	m.counter("origin_wait_seconds_total", "Total time that requests waited for a place at the origin.", func() float64 { return stats().Waited }, "gate", name)
	m.counter("origin_refused_total", "Requests refused because no place at the origin was free in time.", func() float64 { return float64(stats().Refused) }, "gate", name)
}
