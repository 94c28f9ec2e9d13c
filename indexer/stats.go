package indexer

// Stats are counters since the start of the process, for metrics.
type Stats struct {
	// Leading reports whether this process is the active indexer.
	Leading bool
	// Version is the checkpoint of the live index. Lag is how many versions the log
	// was ahead of it when it was last read.
	Version, Lag int64
	// Operations were sent in Batches, each made visible by one refresh.
	Operations, Batches int64
	// Retries are bulk requests that were sent again, Failures are steps that failed
	// and were repeated.
	Retries, Failures int64
	// Dead are operations that the index refused for good: see the dead letters.
	Dead int64
	// Drift are the differences that Comparisons found, Repaired those sent again.
	Comparisons, Drift, Repaired int64
	// Rebuilds are indices that were rebuilt.
	Rebuilds int64
}

// Stats reads the counters.
func (x *Indexer) Stats() Stats {
	c := &x.pair.Counts
	return Stats{Leading: c.Leading.Load(), Version: c.Version.Load(), Lag: c.Lag.Load(), Operations: c.Operations.Load(), Batches: c.Batches.Load(),
		Retries: c.Retries.Load(), Failures: c.Failures.Load(), Dead: c.Dead.Load(), Comparisons: c.Comparisons.Load(), Drift: c.Drift.Load(),
		Repaired: c.Repaired.Load(), Rebuilds: c.Rebuilds.Load()}
}
