package metric

import "marquee/cache/limit"

// Breaker registers the metric of a breaker.
func (m *Registry) Breaker(name string, open func() bool) {
	m.Flag("breaker_open", "Whether the breaker is open because several calls in a row failed. One call a second tries the server.", open, "breaker", name)
}

// Limits registers the metrics of rate limits.
func (m *Registry) Limits(stats func() limit.Stats) {
	const name, help = "limit_decisions_total", "Rate-limited requests by decision."
	m.counter(name, help, func() float64 { return float64(stats().Allowed) }, "decision", "allowed")
	m.counter(name, help, func() float64 { return float64(stats().Refused) }, "decision", "refused")
	m.counter("limit_fallbacks_total", "Rate-limit decisions made without Redis, because it did not answer.", func() float64 { return float64(stats().Degraded) })
}
