package program

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"marquee/cmd/observe/health"
)

const (
	// defaultDrain is how long a process behind a balancer goes on answering once it
	// is told to end: balancers that ask every second turn away after two or three
	// refusals.
	defaultDrain = 5 * time.Second
	// lastIdle is how long connections without a request are left open after the
	// listener has closed. Whoever closes its own idle ones sooner, as deploy/gateway
	// does after 2 s, has left all of them by then, and on a busy machine too: closing
	// one from here could meet a request on its way.
	lastIdle = 5 * time.Second
	// shutdownTimeout is how long requests in flight may take to end after that.
	shutdownTimeout = 20 * time.Second
)

// drain ends a server that answers so that no request fails: its probes turn
// balancers away; after the wait the listener closes, and those that have not heard
// of it are refused and ask another process; the connections that are left are
// served until their clients leave. What is being answered then is answered to the
// end, within the deadline. Without a wait nobody is to be turned away.
func (p *Program) drain(server *http.Server, listener net.Listener, open *connections, readiness *health.Readiness, wait time.Duration) error {
	readiness.Drain()
	p.logger.Info("shutting down", "drain", wait, "deadline", shutdownTimeout)
	if wait > 0 {
		time.Sleep(wait)
		waiting, err := closeEmpty(listener)
		if err != nil {
			p.logger.Warn("connections that waited to be accepted may be lost", "err", err)
		}
		_ = server.Serve(&handover{waiting}) // ends when all are handed over
		open.awaitNone(lastIdle)
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return server.Shutdown(ctx)
}

// connections counts those that a server has open.
type connections struct{ n atomic.Int64 }

// track is the server's ConnState. A connection that is idle has sent its answers.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateIdle:
		if u, ok := conn.(*unbrokenConn); ok {
			u.sendRest()
		}
	case http.StateNew:
		c.n.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.n.Add(-1)
	}
}

// awaitNone returns when no connection is open, or after the limit.
func (c *connections) awaitNone(limit time.Duration) {
	end := time.After(limit)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for c.n.Load() > 0 {
		select {
		case <-end:
			return
		case <-tick.C:
		}
	}
}

// handover is a listener of connections that were accepted already.
type handover struct{ conns []net.Conn }

// Accept returns the next connection, net.ErrClosed behind the last one.
func (h *handover) Accept() (net.Conn, error) {
	if len(h.conns) == 0 {
		return nil, net.ErrClosed
	}
	conn := h.conns[0]
	h.conns = h.conns[1:]
	return conn, nil
}

// Close does nothing: the connections belong to the server.
func (h *handover) Close() error { return nil }

// Addr is that of no listener.
func (h *handover) Addr() net.Addr { return &net.TCPAddr{} }

// parting has each answer of a process that drains end its connection (RFC 9112,
// section 9.6), so that the client's next request goes to another one. Connections
// that are idle are left open until the end: closing one could meet a request on
// its way.
func parting(readiness *health.Readiness, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if readiness.Draining() && r.ProtoMajor == 1 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
