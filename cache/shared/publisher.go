package shared

import (
	"context"
	"sync"
	"time"

	"marquee/cache/envelope"
)

const (
	// queueLength bounds the entries that wait to be published: at 20 KB each, about 5
	// MB that memory holds anyway.
	queueLength = 256
	// workers publish at the same time: one may compress while another waits.
	workers = 2
)

// Outcome is the result of publishing an entry.
type Outcome uint8

// The outcomes.
const (
	// Written entries are in the shared level.
	Written Outcome = iota
	// Failed is a call that failed, timed out, or was not made because the breaker was
	// open.
	Failed
	// Dropped entries found the queue full.
	Dropped
)

// Publisher writes entries to the shared level in the background.
type Publisher struct {
	redis   *Redis
	observe func(Outcome)
	jobs    chan job
	closing sync.RWMutex
	closed  bool
	running sync.WaitGroup
}

// job is an entry to write, and the lease that its reader holds, if any.
type job struct {
	target string
	kind   Kind
	lease  *Lease
	encode func() (encoded []byte, life time.Duration)
}

// NewPublisher starts a publisher. observe is called with every outcome. Close must
// be called.
func NewPublisher(r *Redis, observe func(Outcome)) *Publisher {
	p := &Publisher{redis: r, observe: observe, jobs: make(chan job, queueLength)}
	for range workers {
		p.running.Go(func() {
			for j := range p.jobs {
				p.write(j)
			}
		})
	}
	return p
}

// Publish queues an entry of a target, and releases the lease after it was written;
// a nil lease is none. encode runs in the background; it returns the envelope and how
// long it may serve. If the queue is full the entry is dropped, and other processes
// read the origin themselves.
func (p *Publisher) Publish(target string, kind Kind, lease *Lease, encode func() (encoded []byte, life time.Duration)) {
	p.closing.RLock()
	defer p.closing.RUnlock()
	if p.closed {
		p.release(lease)
		return
	}
	select {
	case p.jobs <- job{target: target, kind: kind, lease: lease, encode: encode}:
	default:
		p.observe(Dropped)
		p.release(lease)
	}
}

func (p *Publisher) write(j job) {
	defer p.release(j.lease)
	encoded, life := j.encode()
	if len(encoded) > envelope.MaxBytes || life < time.Second {
		return
	}
	if err := p.redis.Set(context.Background(), j.target, j.kind, encoded, life); err != nil {
		p.observe(Failed)
		return
	}
	p.observe(Written)
}

func (p *Publisher) release(lease *Lease) {
	if err := lease.Release(context.Background()); err != nil {
		p.observe(Failed)
	}
}

// Close takes no more entries and waits until the queued ones are written. The
// deadline of each write and the breaker bound that.
func (p *Publisher) Close() {
	p.closing.Lock()
	if !p.closed {
		p.closed = true
		close(p.jobs)
	}
	p.closing.Unlock()
	p.running.Wait()
}
