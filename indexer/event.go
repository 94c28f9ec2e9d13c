package indexer

import "sync/atomic"

// EventKind says what happened.
type EventKind string

// The kinds of event.
const (
	// Leading is this process becoming the active indexer.
	Leading EventKind = "leading"
	// Loaded is a part of a snapshot that arrived in a new index.
	Loaded EventKind = "loaded"
	// Applied is a batch of the log that searches can find; its checkpoint is
	// stored.
	Applied EventKind = "applied"
	// Compared is a comparison of the index with the catalogue.
	Compared EventKind = "compared"
	// Repaired is drift that was sent again.
	Repaired EventKind = "repaired"
	// Recounted is votes and views that searches can find; their place is stored.
	Recounted EventKind = "recounted"
	// Swapped is searches going to another physical index.
	Swapped EventKind = "swapped"
)

// Event is a step of the indexer.
type Event struct {
	Kind  EventKind
	Index string
	// Version is the checkpoint, where there is one.
	Version int64
	// Objects is how many it was about; for Loaded, all so far.
	Objects int
}

func (x *Indexer) observe(e Event) { x.Observe(e) }

// stats are the counters behind Stats.
type stats struct {
	leading                                                    atomic.Bool
	version, lag, operations, batches, retries, failures, dead atomic.Int64
	comparisons, drift, repaired, rebuilds                     atomic.Int64
}

// Stats are counters since the start of the process, for metrics.
type Stats struct {
	// Leading says that this process is the active indexer.
	Leading bool
	// Version is the checkpoint of the live index, Lag the number of versions that
	// the log was ahead of it when it was last read.
	Version, Lag int64
	// Operations were sent in Batches, each made visible by one refresh.
	Operations, Batches int64
	// Retries are bulk requests sent again, Failures are steps that failed and were
	// begun anew.
	Retries, Failures int64
	// Dead are operations that the index refused for good: see the dead letters.
	Dead int64
	// Drift are the differences that Comparisons found, Repaired those sent again.
	Comparisons, Drift, Repaired int64
	// Rebuilds are indices that were built anew.
	Rebuilds int64
}

// Stats reads the counters.
func (x *Indexer) Stats() Stats {
	s := &x.stats
	return Stats{Leading: s.leading.Load(), Version: s.version.Load(), Lag: s.lag.Load(), Operations: s.operations.Load(), Batches: s.batches.Load(),
		Retries: s.retries.Load(), Failures: s.failures.Load(), Dead: s.dead.Load(), Comparisons: s.comparisons.Load(), Drift: s.drift.Load(),
		Repaired: s.repaired.Load(), Rebuilds: s.rebuilds.Load()}
}
