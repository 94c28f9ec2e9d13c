// Package listen serves HTTP on a listener and ends without failing a request.
package listen

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// DefaultDrain is how long a process with a balancer before it goes on answering after
	// SIGTERM: balancers that probe every second turn away after two or three failures.
	DefaultDrain = 5 * time.Second
	// lastIdle is how long idle connections stay open after the listener has closed. A
	// client that closes its own idle connections sooner, as deploy/gateway does after
	// 2 s, has closed all of them by then, even on a busy machine. Closing one from here
	// could cross a request on its way.
	lastIdle = 5 * time.Second
	// shutdownTimeout bounds the requests in flight after that.
	shutdownTimeout = 20 * time.Second
)

// Server is an HTTP server with its listener.
type Server struct {
	http     *http.Server
	listener net.Listener
	unread   Unread
	open     connections
}

// New makes a server for one listener. It sets the ConnState of server. unread answers
// what does not reach the handler; nil leaves that to net/http, in plain text.
func New(server *http.Server, listener net.Listener, unread Unread) *Server {
	s := &Server{http: server, listener: listener, unread: unread}
	server.ConnState = s.open.track
	return s
}

// Serve answers requests until the listener fails, or Drain or Close has been called.
func (s *Server) Serve() error { return s.http.Serve(oneWriteListener{s.listener, s}) }

// Close closes the listener and all connections at once.
func (s *Server) Close() error { return s.http.Close() }

// Drain ends the server without failing a request. It serves on for wait, while the
// probes of the process make balancers turn away. Then it closes the listener: clients
// that have not noticed are refused, and ask another process. It serves the open
// connections until their clients close them, at most for lastIdle, and the requests in
// flight until they end, at most for shutdownTimeout. With a wait of 0 there is no
// balancer to wait for, and the server shuts down at once. It calls endStreams when new
// connections go to other processes, so that readers of streams go there, too.
func (s *Server) Drain(wait time.Duration, endStreams func(), logger *slog.Logger) error {
	logger.Info("shutting down", "drain", wait, "deadline", shutdownTimeout)
	if wait > 0 {
		time.Sleep(wait)
		accepted, err := closeListener(s.listener)
		if err != nil {
			logger.Warn("connections that waited to be accepted may be lost", "err", err)
		}
		endStreams()
		_ = s.http.Serve(oneWriteListener{&handover{accepted}, s}) // returns when all are handed over
		s.open.awaitNone(lastIdle)
	}
	endStreams()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return s.http.Shutdown(ctx)
}

// connections counts the open connections of a server.
type connections struct{ n atomic.Int64 }

// track is the server's ConnState.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateIdle: // the answer is complete
		if held, ok := conn.(*oneWriteConn); ok {
			held.flush()
			held.reset()
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

// handover is a listener of connections that are accepted already.
type handover struct{ conns []net.Conn }

// Accept returns the next connection, and net.ErrClosed after the last one.
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

// Addr returns an empty address: nothing is listened on.
func (h *handover) Addr() net.Addr { return &net.TCPAddr{} }

// CloseAfterAnswer makes each answer end its connection while draining reports true
// (RFC 9112, section 9.6), so that the client's next request goes to another process.
// Idle connections stay open: closing one could cross a request on its way.
func CloseAfterAnswer(draining func() bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if draining() && r.ProtoMajor == 1 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
