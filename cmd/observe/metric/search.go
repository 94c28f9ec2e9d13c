package metric

import (
	"marquee/cache/limit"
	"marquee/indexer"
	"marquee/search"
)

// Search adds the metrics of who answers searches.
func (m *Registry) Search(stats func() search.ChooserStats) {
	const name, help = "search_lists_total", "Lists with a text or genres, by the engine that answered and by why it was not the index."
	m.counter(name, help, func() float64 { return float64(stats().Index) }, "engine", "index", "reason", "")
	m.counter(name, help, func() float64 { return float64(stats().Failed) }, "engine", "stand_in", "reason", "failed")
	m.counter(name, help, func() float64 { return float64(stats().Lagging) }, "engine", "stand_in", "reason", "behind")
	m.counter(name, help, func() float64 { return float64(stats().Continued) }, "engine", "stand_in", "reason", "continued")
}

// Breaker adds the metric of a breaker: while it is open a server is not asked.
func (m *Registry) Breaker(name string, open func() bool) {
	m.Flag("breaker_open", "Whether a server is left alone because several calls in a row have failed; one tries again every second.", open, "breaker", name)
}

// Limits adds the metrics of the limits of callers.
func (m *Registry) Limits(stats func() limit.Stats) {
	const name, help = "limit_decisions_total", "Requests that were counted on a caller, by what was decided."
	m.counter(name, help, func() float64 { return float64(stats().Allowed) }, "decision", "allowed")
	m.counter(name, help, func() float64 { return float64(stats().Refused) }, "decision", "refused")
	m.counter("limit_fallbacks_total", "Decisions that this process made alone, because Redis did not answer.", func() float64 { return float64(stats().Degraded) })
}

// Indexer adds the metrics of what carries changes into the search index.
func (m *Registry) Indexer(stats func() indexer.Stats) {
	m.Flag("indexer_active", "Whether this process is the active indexer, and not standing by.", func() bool { return stats().Leading })
	m.gauge("indexer_lag_versions", "Versions that the log was ahead of the index when the active indexer read it last.", func() float64 { return float64(stats().Lag) })
	m.counter("indexer_batches_total", "Batches of changes that were made visible.", func() float64 { return float64(stats().Batches) })
	m.counter("indexer_operations_total", "Documents that were sent to the index.", func() float64 { return float64(stats().Operations) })
	m.counter("indexer_retries_total", "Bulk requests that were sent again.", func() float64 { return float64(stats().Retries) })
	m.counter("indexer_failures_total", "Steps that failed and were begun anew.", func() float64 { return float64(stats().Failures) })
	m.counter("indexer_refused_total", "Documents that the index refused for good, as dead letters.", func() float64 { return float64(stats().Dead) })
	m.counter("indexer_comparisons_total", "Comparisons of the whole index with the catalogue.", func() float64 { return float64(stats().Comparisons) })
	m.counter("indexer_drift_total", "Objects on which a comparison found that the two differ.", func() float64 { return float64(stats().Drift) })
	m.counter("indexer_repaired_total", "Objects that were sent again because a comparison found them to differ.", func() float64 { return float64(stats().Repaired) })
	m.counter("indexer_rebuilds_total", "Indices that were built anew.", func() float64 { return float64(stats().Rebuilds) })
}
