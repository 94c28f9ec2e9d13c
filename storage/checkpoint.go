package storage

import "time"

// CheckpointState is the state of an index.
type CheckpointState string

// The states of an index.
const (
	// Building is an index that is not complete yet.
	Building CheckpointState = "building"
	// Live is an index that readers may use. Two indices are live for a moment during a
	// swap.
	Live CheckpointState = "live"
	// Retired is a complete index without readers: the one before the last swap.
	Retired CheckpointState = "kept"
)

// Checkpoint is the position of one index in the change log.
type Checkpoint struct {
	// Index is the name of the physical search index.
	Index string
	State CheckpointState
	// Version is the version up to which the index has every change. The checkpoint of an
	// index in state Building only prevents pruning.
	Version int64
	// Flushed is the position in the flush log up to which the index has counters.
	Flushed          int64
	Created, Updated time.Time
}

// Checkpoints are the checkpoints of all indices, and the part of the change log that can
// be read.
type Checkpoints struct {
	// All is in the order of creation.
	All []Checkpoint
	// Pruned and Version are the ends of the log: the changes after Pruned, up to Version,
	// can be read.
	Pruned, Version int64
}

// Find returns the checkpoint of an index, nil when it has none.
func (c *Checkpoints) Find(index string) *Checkpoint {
	for i := range c.All {
		if c.All[i].Index == index {
			return &c.All[i]
		}
	}
	return nil
}

// In returns the checkpoints of one state.
func (c *Checkpoints) In(state CheckpointState) []Checkpoint {
	var out []Checkpoint
	for _, p := range c.All {
		if p.State == state {
			out = append(out, p)
		}
	}
	return out
}
