package health

import "sync/atomic"

// phase is where a process stands between its start and its end.
type phase uint32

// The phases, in their order.
const (
	// starting is a process that cannot answer yet.
	starting phase = iota
	// serving is a process that answers.
	serving
	// draining is a process that still answers but wants no further requests: it is
	// about to end.
	draining
)

// Readiness is the phase of a process, which its probes tell. The zero value is
// starting. It is safe for concurrent use.
type Readiness struct{ phase atomic.Uint32 }

// Serve says that requests can be answered, unless the process drains already.
func (r *Readiness) Serve() { r.phase.CompareAndSwap(uint32(starting), uint32(serving)) }

// Drain says that no further requests should come. It may be called more than
// once.
func (r *Readiness) Drain() { r.phase.Store(uint32(draining)) }

// Draining reports whether Drain was called.
func (r *Readiness) Draining() bool { return r.current() == draining }

func (r *Readiness) current() phase { return phase(r.phase.Load()) }
