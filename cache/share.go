package cache

import (
	"context"
	"sync"
	"time"
)

const (
	// shareQueue bounds the responses that wait to be written to the shared level:
	// at 20 KB each, about 5 MB that their entries hold anyway.
	shareQueue = 256
	// shareWorkers write at the same time: one may compress while another waits.
	shareWorkers = 2
)

// sharing writes entries to the shared level behind requests.
type sharing struct {
	handler *Handler
	jobs    chan shareJob
	closing sync.RWMutex
	closed  bool
	workers sync.WaitGroup
}

// shareJob is an entry to write, and the lease that its reader held, if any.
type shareJob struct {
	entry *entry
	lease *lease
}

func newSharing(h *Handler) *sharing {
	s := &sharing{handler: h, jobs: make(chan shareJob, shareQueue)}
	for range shareWorkers {
		s.workers.Go(func() {
			for job := range s.jobs {
				s.write(job)
			}
		})
	}
	return s
}

// put queues an entry, and drops it when the queue is full: then another
// process reads for itself.
func (s *sharing) put(job shareJob) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		s.release(job.lease)
		return
	}
	select {
	case s.jobs <- job:
	default:
		s.handler.observe(Event{Result: SharedDropped})
		s.release(job.lease)
	}
}

// write stores an entry with all its forms for as long as it may serve.
func (s *sharing) write(job shareJob) {
	defer s.release(job.lease)
	e := job.entry
	s.handler.completeForms(e)
	envelope := e.encode()
	life := time.Duration(e.errorUntil - s.handler.now().UnixNano())
	if len(envelope) > maxEnvelope || life < time.Second {
		return
	}
	if err := s.handler.shared.set(context.Background(), e.target, envelope, life); err != nil {
		s.handler.observe(Event{Result: SharedFailed})
		return
	}
	s.handler.observe(Event{Result: SharedWritten})
}

// release gives a lease back. That fails only with the server, and then the
// lease ends by itself.
func (s *sharing) release(l *lease) {
	if err := l.release(context.Background()); err != nil {
		s.handler.observe(Event{Result: SharedFailed})
	}
}

// close takes nothing more and waits until what is queued is written, which each
// write's deadline and the breaker bound.
func (s *sharing) close() {
	s.closing.Lock()
	if !s.closed {
		s.closed = true
		close(s.jobs)
	}
	s.closing.Unlock()
	s.workers.Wait()
}
