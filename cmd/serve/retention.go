package serve

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"marquee/cmd/database"
	"marquee/storage/poll"
)

const (
	// defaultKeepChanges is how long a reader of the log may be away and go on where
	// it was: over a holiday week.
	defaultKeepChanges = 7 * 24 * time.Hour
	// pruneEvery is how often a process looks for what is old. It does so when it
	// starts, too, since it may never run for that long.
	pruneEvery = time.Hour
	// pruneTimeout bounds one look; what it leaves, the next one takes.
	pruneTimeout = 5 * time.Minute
)

// retentionConfig says how long what grows is kept.
type retentionConfig struct {
	changes time.Duration
	history time.Duration // 0 for ever
}

func (c *retentionConfig) flags(f *pflag.FlagSet) {
	f.DurationVar(&c.changes, "keep-changes", defaultKeepChanges, "how long the log of changes is kept, at least 1h; what a search index has not taken yet is kept longer")
	f.DurationVar(&c.history, "keep-history", 0, "how long the history of objects is kept, at least 1h; 0 is for ever")
}

// retain keeps the database from growing for ever, until ctx ends. Every process
// that serves does so: pruning what another one has pruned costs one query.
func (p *process) retain(ctx context.Context, d *database.DB, c retentionConfig) {
	for ctx.Err() == nil {
		p.pruned(ctx, "changes", c.changes, d.Prune)
		if c.history > 0 {
			p.pruned(ctx, "history", c.history, d.PruneHistory)
		}
		poll.Wait(ctx, poll.System, pruneEvery, nil)
	}
}

// pruned prunes once, and logs how that went.
func (p *process) pruned(ctx context.Context, what string, age time.Duration, prune func(context.Context, time.Duration) (int64, error)) {
	bounded, cancel := context.WithTimeout(ctx, pruneTimeout)
	defer cancel()
	n, err := prune(bounded, age)
	if n > 0 {
		p.Logger.Info("pruned what is older than it has to be kept", "what", what, "count", n, "older", age.String())
	}
	if err != nil && ctx.Err() == nil {
		p.Logger.Warn("not everything old was pruned; it is tried again", "what", what, "after", pruneEvery, "err", err)
	}
}
