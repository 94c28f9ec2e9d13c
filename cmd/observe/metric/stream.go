package metric

import "marquee/api/stream"

// Streams registers the metrics of the streams of the change log.
func (m *Registry) Streams(stats func() stream.Stats) {
	m.gauge("streams_open", "Readers that follow the change log as a stream.", func() float64 { return float64(stats().Open) })
	m.gauge("streams_limit", "Limit of open streams of the change log.", func() float64 { return float64(stats().Readers) })
	m.counter("stream_events_total", "Changes sent in streams.", func() float64 { return float64(stats().Events) })
	m.counter("streams_refused_total", "Streams refused because the limit was reached, or the process ends.", func() float64 { return float64(stats().Refused) })
	m.counter("streams_slow_total", "Readers let go because they took nothing for 30 s.", func() float64 { return float64(stats().Slow) })
	m.counter("streams_resync_total", "Streams that ended with resync, because the reader lagged more than the change log is stored.", func() float64 { return float64(stats().Resyncs) })
	m.counter("stream_log_reads_total", "Reads of the change log in PostgreSQL for readers of streams that lag. Readers that are up to date need none.", func() float64 { return float64(stats().Reads) })
	m.counter("stream_log_read_failures_total", "Reads of the change log for streams that failed. They are repeated.", func() float64 { return float64(stats().Failures) })
}
