package postgres

import (
	"errors"
	"fmt"

	"marquee/storage"
	"marquee/storage/fallback"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

// errConflict is a read that the replica gave up because it must follow its
// primary. It says nothing about the replica's health.
var errConflict = fmt.Errorf("the replica gave up for the log that it follows (%w)", fallback.ErrInconclusive)

// replicaFault returns the error of a read of the replica with what it says about
// the replica's health. m is zero if the read did not get that far.
func replicaFault(m schema.AsOf, err error) error {
	switch {
	case pool.IsRecoveryConflict(err):
		return fmt.Errorf("%w: %w", errConflict, err)
	case errors.Is(err, ErrNotReplica): // never the request's fault
		return &storage.Error{Code: storage.Unavailable, Err: err}
	case m.Standby: // a search may take longer than its time on a healthy replica
		return fmt.Errorf("%w: %w", fallback.ErrExpensive, err)
	}
	return err
}

// ReaderStats count reads since the start, by the server that answered and why.
// All but Replica went to the primary.
type ReaderStats struct {
	// Replica were answered by the replica.
	Replica uint64
	// Lagging would have been answered by the replica if it had had a change, or newer
	// counters.
	Lagging uint64
	// Conflicts were given up by the replica for the log that it follows.
	Conflicts uint64
	// Failed were not answered by the replica, or not sent to it because it had failed.
	Failed uint64
}

// count counts a read that was left to the primary.
func (r *Reader) count(reason error) {
	if errors.Is(reason, errConflict) {
		r.conflicts.Add(1)
		return
	}
	r.replica.Count(reason)
}

// Stats reads the counters.
func (r *Reader) Stats() ReaderStats {
	s := r.replica.Stats()
	return ReaderStats{Replica: s.Preferred, Lagging: s.Lagging, Conflicts: r.conflicts.Load(), Failed: s.Failed}
}

// Degraded reports whether the primary answers because the last reads found that
// the replica has failed.
func (r *Reader) Degraded() bool { return r.replica.Degraded() }
