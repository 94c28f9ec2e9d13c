package health

import "sync/atomic"

// phase is a phase in the life of a process.
type phase uint32

// The phases, in order.
const (
	// starting: the process cannot answer yet.
	starting phase = iota
	// serving: the process answers.
	serving
	// draining: the process still answers, but is about to stop and wants no more
	// requests.
	draining
)

// Readiness is the phase of a process. The zero value is starting. It is safe for
// concurrent use.
type Readiness struct{ phase atomic.Uint32 }

// Serve ends the start. It has no effect on a process that is draining.
func (r *Readiness) Serve() { r.phase.CompareAndSwap(uint32(starting), uint32(serving)) }

// Drain begins the drain. It may be called more than once.
func (r *Readiness) Drain() { r.phase.Store(uint32(draining)) }

// Draining reports whether Drain was called.
func (r *Readiness) Draining() bool { return r.current() == draining }

func (r *Readiness) current() phase { return phase(r.phase.Load()) }
