package storage

import "time"

// CheckpointState says what a replica is good for.
type CheckpointState string

// The states of a replica.
const (
	// Building is a replica that is not complete yet.
	Building CheckpointState = "building"
	// Live is a replica that readers may meet. There are two for a moment, while
	// readers are moved from one to the other.
	Live CheckpointState = "live"
	// Kept is a complete replica that nobody reads: what there was before.
	Kept CheckpointState = "kept"
)

// Checkpoint is how far a replica has come.
type Checkpoint struct {
	// Index is the name of the replica: a physical search index.
	Index string
	State CheckpointState
	// Version is the catalogue's version up to which the replica holds every
	// change. For one that is being built it only keeps the log from being pruned.
	Version int64
	// Flushed is the position in the flush log up to which the replica shows
	// counters.
	Flushed          int64
	Created, Updated time.Time
}

// Checkpoints are those of all replicas, with the stretch of the log that there
// is to follow.
type Checkpoints struct {
	// All is ordered by creation.
	All []Checkpoint
	// Pruned and Version are the ends of the log: changes after Pruned, up to
	// Version, can be read.
	Pruned, Version int64
}

// Find is the checkpoint of a replica, nil when it has none.
func (c *Checkpoints) Find(index string) *Checkpoint {
	for i := range c.All {
		if c.All[i].Index == index {
			return &c.All[i]
		}
	}
	return nil
}

// In lists the checkpoints of one state.
func (c *Checkpoints) In(state CheckpointState) []Checkpoint {
	var out []Checkpoint
	for _, p := range c.All {
		if p.State == state {
			out = append(out, p)
		}
	}
	return out
}
