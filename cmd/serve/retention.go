package serve

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"marquee/cmd/database"
	"marquee/storage/poll"
)

const (
	// defaultKeepChanges lets a reader of the change log be away for a week of holidays
	// and continue where it was.
	defaultKeepChanges = 7 * 24 * time.Hour
	// pruneEvery is the interval of pruning. A process also prunes when it starts, because
	// it may never run that long.
	pruneEvery = time.Hour
	// pruneTimeout bounds one run; the next run prunes the rest.
	pruneTimeout = 5 * time.Minute
)

// retentionConfig is how long the change log and the history of objects are stored.
type retentionConfig struct {
	changes time.Duration
	history time.Duration // 0 is without end
}

func (c *retentionConfig) flags(f *pflag.FlagSet) {
	f.DurationVar(&c.changes, "keep-changes", defaultKeepChanges, "how long the change log is stored, at least 1h; changes that a search index still needs are stored longer")
	f.DurationVar(&c.history, "keep-history", 0, "how long the history of objects is stored, at least 1h; 0 is without end")
}

// retain prunes the change log and the history until ctx ends. Every process that serves
// does it: when another process has pruned already, it costs one query.
func (p *process) retain(ctx context.Context, d *database.DB, c retentionConfig) {
	for ctx.Err() == nil {
		p.prune(ctx, "changes", c.changes, d.Prune)
		if c.history > 0 {
			p.prune(ctx, "history", c.history, d.PruneHistory)
		}
		poll.Wait(ctx, poll.System, pruneEvery, nil)
	}
}

// prune prunes once and logs the result.
func (p *process) prune(ctx context.Context, what string, age time.Duration, prune func(context.Context, time.Duration) (int64, error)) {
	bounded, cancel := context.WithTimeout(ctx, pruneTimeout)
	defer cancel()
	n, err := prune(bounded, age)
	if n > 0 {
		p.Logger.Info("pruned old rows", "what", what, "count", n, "older", age.String())
	}
	if err != nil && ctx.Err() == nil {
		p.Logger.Warn("pruning failed; it will be retried", "what", what, "after", pruneEvery, "err", err)
	}
}
