package observe

import "sync/atomic"

// Phase is where a process stands between its start and its end.
type Phase uint32

// The phases, in their order.
const (
	// Starting is a process that cannot answer yet.
	Starting Phase = iota
	// Serving is a process that answers.
	Serving
	// Draining is a process that still answers but wants no further requests: it is
	// about to end.
	Draining
)

// Readiness is the phase of a process, which its probes tell. The zero value is
// Starting. It is safe for concurrent use.
type Readiness struct{ phase atomic.Uint32 }

// Serve says that requests can be answered, unless the process drains already.
func (r *Readiness) Serve() { r.phase.CompareAndSwap(uint32(Starting), uint32(Serving)) }

// Drain says that no further requests should come. It may be called more than
// once.
func (r *Readiness) Drain() { r.phase.Store(uint32(Draining)) }

// Phase is where the process stands.
func (r *Readiness) Phase() Phase { return Phase(r.phase.Load()) }
