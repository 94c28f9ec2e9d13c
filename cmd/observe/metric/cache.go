package metric

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"

	"marquee/cache"
	"marquee/cache/origin"
)

// results are the counters of the cache's results, each resolved once.
type results [math.MaxUint8 + 1]prometheus.Counter

// levels tell where an answer came from; "none" is where there was none.
var levels = map[cache.Result]string{
	cache.Hit: "memory", cache.HitUnchecked: "memory", cache.HitStale: "memory", cache.Failed: "memory", cache.HitShared: "redis",
	cache.Missed: "origin", cache.Touched: "origin", cache.Expired: "origin", cache.Collapsed: "origin", cache.Bypassed: "origin",
	cache.Refused: "none", cache.Overloaded: "none", cache.Left: "none",
}

// results adds the metrics of what the cache makes of requests. A Result that is
// not in levels is one of work behind requests.
func (m *Registry) results(of *results) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "cache_requests_total", Help: "Reads through the cache, by the level that answered and by why it was that one.",
	}, []string{"level", "result"})
	behind := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "cache_background_total", Help: "Work of the cache behind requests, by its result.",
	}, []string{"result"})
	m.registry.MustRegister(requests, behind)
	for i := range of {
		r := cache.Result(i)
		switch level := levels[r]; {
		case level != "":
			of[i] = requests.WithLabelValues(level, r.String())
		case r.String() != "":
			of[i] = behind.WithLabelValues(r.String())
		}
	}
}

// Cache adds the metrics of the cache's memory and of the gates to the origin.
func (m *Registry) Cache(stats func() cache.Stats) {
	m.gauge("cache_memory_bytes", "What kept answers and spellings take in memory, about.", func() float64 { return float64(stats().Bytes) })
	m.gauge("cache_memory_limit_bytes", "What kept answers and spellings may take in memory.", func() float64 { return float64(stats().Limit) })
	m.gauge("cache_entries", "Answers that are kept in memory, and spellings of their targets, about.", func() float64 { return float64(stats().Entries) }, "kind", "answers")
	m.gauge("cache_entries", "Answers that are kept in memory, and spellings of their targets, about.", func() float64 { return float64(stats().Spellings) }, "kind", "spellings")
	m.counter("cache_evictions_total", "Kept answers that made room for others.", func() float64 { return float64(stats().Evicted) })
	m.gate("reads", func() origin.SlotStats { return stats().Reads })
	m.gate("versions", func() origin.SlotStats { return stats().Versions })
}

// gate adds the metrics of one gate to the origin.
func (m *Registry) gate(name string, stats func() origin.SlotStats) {
	m.gauge("origin_places", "How many requests may be at the origin at once; the gate versions is for those with Min-Version.",
		func() float64 { return float64(stats().Slots) }, "gate", name)
	m.gauge("origin_requests", "Requests that are at the origin.", func() float64 { return float64(stats().InUse) }, "gate", name)
	m.gauge("origin_queued", "Requests that wait for a place at the origin.", func() float64 { return float64(stats().Queued) }, "gate", name)
	m.counter("origin_waits_total", "Requests that had to wait for a place at the origin.", func() float64 { return float64(stats().Waits) }, "gate", name)
	m.counter("origin_wait_seconds_total", "How long all requests together waited for a place at the origin.", func() float64 { return stats().Waited }, "gate", name)
	m.counter("origin_refused_total", "Requests that found no place at the origin in time.", func() float64 { return float64(stats().Refused) }, "gate", name)
}
