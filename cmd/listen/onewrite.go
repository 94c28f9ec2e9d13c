package listen

import (
	"net"
	"sync"
	"time"
)

const (
	// httpBuffer is how many bytes net/http buffers before it writes. A write of exactly
	// that many bytes was forced by a full buffer: more of the answer follows.
	httpBuffer = 4 << 10
	// maxOneWrite bounds what is sent in one system call. A larger answer may not fit into
	// the buffers of a socket either.
	maxOneWrite = 64 << 10
)

// oneWriteListener is a listener whose connections send an answer that is larger than
// the buffer of net/http in one system call instead of two. That is faster, and no
// process ends between the two: a balancer gets the whole answer, or none of it and may
// ask another process.
type oneWriteListener struct {
	net.Listener
	server *Server
}

// Accept returns the next connection.
func (l oneWriteListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &oneWriteConn{Conn: conn, server: l.server}, nil
}

// oneWriteConn holds a write that another one will follow, and sends both together.
// The server calls flush when none follows. It replaces the plain-text answers of
// net/http.
type oneWriteConn struct {
	net.Conn
	server *Server
	mu     sync.Mutex // a server that shuts down closes connections from another goroutine
	held   *[]byte    // nil when all is sent
	received
}

// Read reads, and remembers what it has read until the next time.
func (c *oneWriteConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.add(p, n)
	return n, err
}

// writeBuffers holds buffers for one held write and the rest of its answer.
var writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, maxOneWrite); return &b }}

// Write sends p after the held bytes, or holds p too.
func (c *oneWriteConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.held == nil && len(p) == httpBuffer:
		c.held = writeBuffers.Get().(*[]byte)
		*c.held = append(*c.held, p...)
		return len(p), nil
	case c.held != nil && len(*c.held)+len(p) <= maxOneWrite:
		*c.held = append(*c.held, p...)
		return len(p), c.send()
	}
	if err := c.send(); err != nil {
		return 0, err
	}
	if status, cause, plain := parsePlain(p); plain && c.server.unread != nil {
		return len(p), c.replace(status, cause)
	}
	return c.Conn.Write(p)
}

// send sends the held bytes. The caller holds the lock.
func (c *oneWriteConn) send() error {
	if c.held == nil {
		return nil
	}
	_, err := c.Conn.Write(*c.held)
	*c.held = (*c.held)[:0]
	writeBuffers.Put(c.held)
	c.held = nil
	return err
}

// flush sends the held bytes of an answer that ended with a full buffer.
func (c *oneWriteConn) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.send() // the next read of the connection fails as well
}

// SetWriteDeadline ignores the zero time: the server clears the deadline of an answer
// before flush may have something to send, and that still needs the deadline. It sends the
// held bytes: a handler that sets deadlines is streaming, and what it has flushed must not
// wait for more.
func (c *oneWriteConn) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.send(); err != nil {
		return err
	}
	return c.Conn.SetWriteDeadline(t)
}

// Close sends the held bytes and closes the connection. It does not wait for a write
// of another goroutine: closing ends that.
func (c *oneWriteConn) Close() error {
	if c.mu.TryLock() {
		_ = c.send()
		c.mu.Unlock()
	}
	return c.Conn.Close()
}

// CloseWrite sends the held bytes and ends the sending side. The server looks for this
// method where it leaves a request's body unread.
func (c *oneWriteConn) CloseWrite() error {
	c.flush()
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
