package pair

import "sync/atomic"

// Counts are the counters that indexer.Stats reports.
type Counts struct {
	Leading                                                    atomic.Bool
	Version, Lag, Operations, Batches, Retries, Failures, Dead atomic.Int64
	Comparisons, Drift, Repaired, Rebuilds                     atomic.Int64
}
