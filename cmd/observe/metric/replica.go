package metric

import "marquee/storage/postgres"

// Reads adds the metrics of who answers reads of the catalogue.
func (m *Registry) Reads(stats func() postgres.ReaderStats) {
	const name, help = "catalogue_reads_total", "Objects, lists and searches read from PostgreSQL, by the server that answered and by why it was not the replica."
	m.counter(name, help, func() float64 { return float64(stats().Replica) }, "server", "replica", "reason", "")
	m.counter(name, help, func() float64 { return float64(stats().Lagging) }, "server", "primary", "reason", "behind")
	m.counter(name, help, func() float64 { return float64(stats().Conflicts) }, "server", "primary", "reason", "conflict")
	m.counter(name, help, func() float64 { return float64(stats().Failed) }, "server", "primary", "reason", "failed")
}
