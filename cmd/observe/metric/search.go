package metric

import (
	"marquee/cmd/observe/health"
	"marquee/indexer"
	"marquee/search"
	"marquee/search/synonym"
	"marquee/search/vocabulary"
)

// Lag registers the metrics of the lag of the search index.
func (m *Registry) Lag(l *health.Lag) {
	m.gauge("index_version", "Version of the catalogue that the search index has reached, 0 without an index.", func() float64 { return float64(l.Indexed()) })
	m.gauge("index_lag_versions", "Lag of the search index, in versions.", func() float64 { return float64(l.Versions()) })
	m.gauge("index_lag_seconds", "Age of the oldest change that is not in the search index, in whole seconds. 0 if none is missing.",
		func() float64 { return l.Duration().Seconds() })
}

// Search registers the metrics of the engines that answer searches.
func (m *Registry) Search(stats func() search.ChooserStats) {
	const name, help = "search_lists_total", "Lists with a text or genres, by engine and by the reason for not using the index."
	m.counter(name, help, func() float64 { return float64(stats().Index) }, "engine", "index", "reason", "")
	m.counter(name, help, func() float64 { return float64(stats().Failed) }, "engine", "stand_in", "reason", "failed")
	m.counter(name, help, func() float64 { return float64(stats().Lagging) }, "engine", "stand_in", "reason", "behind")
	m.counter(name, help, func() float64 { return float64(stats().Continued) }, "engine", "stand_in", "reason", "continued")
}

// Vocabulary registers the metrics of the words of the catalogue in memory.
func (m *Registry) Vocabulary(stats func() vocabulary.Stats) {
	m.gauge("vocabulary_version", "Version of the catalogue that the words in memory have reached, 0 before they are loaded.", func() float64 { return float64(stats().Version) })
	m.gauge("vocabulary_words", "Words of the catalogue in memory.", func() float64 { return float64(stats().Words) })
	const name, help = "vocabulary_loads_total", "Loads of the words of the catalogue, in which misspelt words are looked up."
	m.counter(name, help, func() float64 { return float64(stats().Loads) }, "result", "loaded")
	m.counter(name, help, func() float64 { return float64(stats().Failures) }, "result", "failed")
}

// Synonyms registers the metrics of the synonyms in memory.
func (m *Registry) Synonyms(stats func() synonym.Stats) {
	m.gauge("synonyms_version", "Version of the catalogue that the synonyms in memory have reached, 0 before they are loaded.", func() float64 { return float64(stats().Version) })
	m.gauge("synonyms", "Synonyms that searches by words apply.", func() float64 { return float64(stats().Synonyms) })
	const name, help = "synonyms_loads_total", "Loads of the synonyms."
	m.counter(name, help, func() float64 { return float64(stats().Loads) }, "result", "loaded")
	m.counter(name, help, func() float64 { return float64(stats().Failures) }, "result", "failed")
}

// Indexer registers the metrics of the indexer.
func (m *Registry) Indexer(stats func() indexer.Stats) {
	m.Flag("indexer_active", "Whether this process is the active indexer.", func() bool { return stats().Leading })
	m.gauge("indexer_lag_versions", "Lag of the index in versions, when the active indexer last read the log.", func() float64 { return float64(stats().Lag) })
	m.counter("indexer_batches_total", "Batches of changes made searchable.", func() float64 { return float64(stats().Batches) })
	m.counter("indexer_operations_total", "Documents sent to the index.", func() float64 { return float64(stats().Operations) })
	m.counter("indexer_retries_total", "Bulk requests retried.", func() float64 { return float64(stats().Retries) })
	m.counter("indexer_failures_total", "Steps that failed and were started again.", func() float64 { return float64(stats().Failures) })
	m.counter("indexer_refused_total", "Documents that the index refused, stored as dead letters.", func() float64 { return float64(stats().Dead) })
	m.counter("indexer_comparisons_total", "Comparisons of the whole index with the catalogue.", func() float64 { return float64(stats().Comparisons) })
	m.counter("indexer_drift_total", "Objects that a comparison found to differ.", func() float64 { return float64(stats().Drift) })
	m.counter("indexer_repaired_total", "Objects sent again because a comparison found them to differ.", func() float64 { return float64(stats().Repaired) })
	m.counter("indexer_rebuilds_total", "Indices rebuilt.", func() float64 { return float64(stats().Rebuilds) })
}
