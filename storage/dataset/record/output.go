package record

import (
	"context"
	"errors"

	"marquee/storage"
	"marquee/storage/incoming"
)

// ErrStopped ends a run whose reader wants no more records.
var ErrStopped = errors.New("stopped")

// Output takes the records of a run.
type Output struct {
	// Context ends the run with its error.
	Context context.Context
	// Yield takes a record and reports whether the reader wants another.
	Yield func(*incoming.Record, error) bool
}

// Emit yields a record. An error ends the run.
func (o *Output) Emit(r *incoming.Record) error {
	if err := o.Context.Err(); err != nil {
		return err
	}
	if !o.Yield(r, nil) {
		return ErrStopped
	}
	return nil
}

// Refuse yields an item that cannot be imported, with its key, "" where it is not known,
// and the reason.
func (o *Output) Refuse(at incoming.Position, n *storage.Noun, key, reason string) error {
	return o.Emit(&incoming.Record{Position: at, Noun: n, Key: key, Refused: reason})
}
