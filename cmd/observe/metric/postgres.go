package metric

import (
	"marquee/storage/counter"
	"marquee/storage/postgres"
	"marquee/storage/postgres/pool"
)

// Pool registers the metrics of a pool of connections to PostgreSQL.
func (m *Registry) Pool(name string, stats func() pool.Stats) {
	m.gauge("postgres_connections", "Open connections of the pool.", func() float64 { return float64(stats().Open) }, "pool", name)
	m.gauge("postgres_connections_in_use", "Connections of the pool in use.", func() float64 { return float64(stats().InUse) }, "pool", name)
	m.gauge("postgres_connections_limit", "Limit of connections of the pool.", func() float64 { return float64(stats().Max) }, "pool", name)
	m.counter("postgres_connections_opened_total", "Connections opened by the pool.", func() float64 { return float64(stats().Opened) }, "pool", name)
	m.counter("postgres_waits_total", "Requests for a connection that found no idle one.", func() float64 { return float64(stats().Waits) }, "pool", name)
	m.counter("postgres_wait_seconds_total", "Total time of requests for a connection.", func() float64 { return stats().Waited }, "pool", name)
	m.counter("postgres_canceled_total", "Requests for a connection that were canceled.", func() float64 { return float64(stats().Canceled) }, "pool", name)
}

// Reads registers the metrics of reads that may be answered by the replica.
func (m *Registry) Reads(stats func() postgres.ReaderStats) {
	const name, help = "catalogue_reads_total", "Reads of objects, lists and searches from PostgreSQL, by server and by the reason for not using the replica."
	m.counter(name, help, func() float64 { return float64(stats().Replica) }, "server", "replica", "reason", "")
	m.counter(name, help, func() float64 { return float64(stats().Lagging) }, "server", "primary", "reason", "behind")
	m.counter(name, help, func() float64 { return float64(stats().Conflicts) }, "server", "primary", "reason", "conflict")
	m.counter(name, help, func() float64 { return float64(stats().Failed) }, "server", "primary", "reason", "failed")
}

// Views registers the metrics of the views that wait in this process.
func (m *Registry) Views(stats func() counter.Stats) {
	m.gauge("views_waiting", "Views that wait in this process to be written.", func() float64 { return float64(stats().Waiting) })
	m.counter("views_lost_total", "Views dropped because the queue was full while the database did not accept them.", func() float64 { return float64(stats().Lost) })
}
