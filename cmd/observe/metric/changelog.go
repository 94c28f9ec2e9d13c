package metric

import (
	"time"

	"marquee/storage/tail"
)

// ChangeLog registers the metrics of the change log, as this process has read it.
func (m *Registry) ChangeLog(stats func() tail.Stats) {
	m.gauge("log_version", "Version of the catalogue up to which this process has read the change log.", func() float64 { return float64(stats().Version) })
	m.gauge("log_age_seconds", "Seconds since the change log was last read to its end. From 1 s on, cached responses are served as unchecked.",
		func() float64 { return since(stats().Read) })
	m.gauge("log_changes", "Changes in memory, for checking cached responses.", func() float64 { return float64(stats().Changes) })
	m.gauge("log_bytes", "Size of the changes in memory, as JSON. They use two to three times as much memory.", func() float64 { return float64(stats().Bytes) })
}

// started stands in for a time that is not set.
var started = time.Now()

// since returns the seconds since a time, or since the start of the process.
func since(at time.Time) float64 {
	if at.IsZero() {
		at = started
	}
	return max(0, time.Since(at).Seconds())
}
