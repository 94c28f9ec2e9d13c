package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"marquee/cmd/observe"
)

const (
	// defaultDrain is how long a process behind a balancer goes on answering once it
	// is told to end: balancers that ask every second turn away after two or three
	// refusals.
	defaultDrain = 5 * time.Second
	// lastRequests is how long the connections that clients still keep are served
	// after the listener has closed: a gateway under load comes back to each of them
	// within that time, and is told to leave it.
	lastRequests = 500 * time.Millisecond
	// shutdownTimeout is how long requests in flight may take to end after that.
	shutdownTimeout = 20 * time.Second
)

// drain ends a server that answers so that no request fails: its probes turn
// balancers away; after the wait the listener closes, and those that have not heard
// of it are refused and ask another process; then so do the connections. What is
// being answered then is answered to the end, within the deadline. Without a wait
// nobody is to be turned away.
func (p *program) drain(server *http.Server, listener net.Listener, readiness *observe.Readiness, wait time.Duration) error {
	readiness.Drain()
	p.logger.Info("shutting down", "drain", wait, "deadline", shutdownTimeout)
	if wait > 0 {
		time.Sleep(wait)
		waiting, err := closeEmpty(listener)
		if err != nil {
			p.logger.Warn("connections that waited to be accepted may be lost", "err", err)
		}
		_ = server.Serve(&handover{waiting}) // ends when all are handed over
		time.Sleep(lastRequests)
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return server.Shutdown(ctx)
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
func parting(readiness *observe.Readiness, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if readiness.Phase() == observe.Draining && r.ProtoMajor == 1 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
