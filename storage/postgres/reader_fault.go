package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/sony/gobreaker/v2"

	"marquee/storage"
)

const (
	// replicaOpenAfter is how many failures in a row take the replica off duty, and
	// replicaProbeAfter when it is given a read to try after that.
	replicaOpenAfter  = 3
	replicaProbeAfter = time.Second
)

// Reasons to leave an answer to the primary. The last two say nothing about the
// replica's health: it obeys the log that it follows, or the question may be at
// fault.
var (
	errPrimary      = errors.New("the primary has to answer")
	errBehind       = errors.New("the replica is behind")
	errConflict     = errors.New("the replica gave up for the log that it follows")
	errInconclusive = errors.New("inconclusive")
)

func newReplicaBreaker(logger *slog.Logger) *gobreaker.CircuitBreaker[struct{}] {
	return gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     replicaProbeAfter,
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= replicaOpenAfter },
		// Only one that answers can be behind.
		IsSuccessful: func(err error) bool { return err == nil || errors.Is(err, errBehind) },
		IsExcluded:   func(err error) bool { return errors.Is(err, errConflict) || errors.Is(err, errInconclusive) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			switch to {
			case gobreaker.StateOpen:
				logger.Warn("the replica is off duty; the primary answers all reads", "next try in", replicaProbeAfter)
			case gobreaker.StateClosed:
				logger.Info("the replica answers again")
			}
		},
	})
}

// answered reports whether a server has answered, if only that something does not
// exist or cannot be asked for.
func answered(err error) bool {
	code := storage.CodeOf(err)
	return err == nil || code != storage.Internal && code != storage.Unavailable
}

// failed judges the error of a read of the replica, which may have got as far as
// a mark.
func (r *Reader) failed(ctx, limited context.Context, m mark, err error) error {
	late := limited.Err() != nil
	switch {
	case ctx.Err() != nil: // the client has left, or never had the time
		return fmt.Errorf("%w: %w", errInconclusive, err)
	case conflicts(err):
		return fmt.Errorf("%w: %w", errConflict, err)
	case late && m.standby, !late && storage.CodeOf(err) == storage.Internal && !errors.Is(err, ErrNotReplica):
		// A search may take that long on a replica that is well, and a read that is
		// refused fails by itself: nobody may take the replica off duty by such means.
		err = fmt.Errorf("%w: %w", errInconclusive, err)
	}
	r.Logger.Warn("the replica did not answer a read", "err", err)
	return err
}

// conflicts reports whether a replica ended a query because the primary has
// removed rows, or locked a table, that it was reading (SQLSTATE 40001 and 40P01;
// PostgreSQL manual, section 27.4.2).
func conflicts(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && strings.HasPrefix(pgErr.Code, classRollback)
}

// readerCounters count what became of reads.
type readerCounters struct{ replica, behind, conflicts, failed atomic.Uint64 }

// count counts a read that was left to the primary.
func (c *readerCounters) count(reason error) {
	switch {
	case errors.Is(reason, errBehind):
		c.behind.Add(1)
	case errors.Is(reason, errConflict):
		c.conflicts.Add(1)
	default:
		c.failed.Add(1)
	}
}

// ReaderStats are numbers of reads since the start, by who answered and why. All
// but Replica went to the primary.
type ReaderStats struct {
	// Replica is how many the replica answered.
	Replica uint64
	// Behind is how many it could have answered if it had had a change, or votes.
	Behind uint64
	// Conflicts is how many it gave up in favour of the log that it follows.
	Conflicts uint64
	// Failed is how many it did not answer, or was not asked because it had failed.
	Failed uint64
}

// Stats are the reader's numbers.
func (r *Reader) Stats() ReaderStats {
	return ReaderStats{
		Replica: r.stats.replica.Load(), Behind: r.stats.behind.Load(),
		Conflicts: r.stats.conflicts.Load(), Failed: r.stats.failed.Load(),
	}
}

// Degraded reports whether the primary answers for the replica because that has
// failed, as the last reads have found.
func (r *Reader) Degraded() bool { return r.breaker.State() != gobreaker.StateClosed }
