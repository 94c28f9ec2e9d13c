package program

import (
	"net"
	"sync"
	"time"
)

const (
	// netHTTPBuffer is how many bytes net/http gathers before it writes. A write of
	// just so many is one that made room: the rest of the answer follows.
	netHTTPBuffer = 4 << 10
	// oneWrite is what is sent in one call of the system; above it an answer may not
	// fit into the buffers of a socket either.
	oneWrite = 64 << 10
)

// unbroken is a listener whose connections send an answer that is larger than the
// buffer of net/http in one call of the system instead of two. That is faster, and
// no process ends between them: a balancer gets the whole answer or nothing of it,
// and having nothing can ask another process.
type unbroken struct{ net.Listener }

// Accept returns the next connection.
func (l unbroken) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &unbrokenConn{Conn: conn}, nil
}

// unbrokenConn holds a write that another will follow, and sends both together. The
// server says when none follows, by sendRest.
type unbrokenConn struct {
	net.Conn
	mu   sync.Mutex // whoever shuts a server down closes connections of others
	held *[]byte    // nil when all is sent
}

// writeBuffers hold what is held, and room for what follows.
var writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, oneWrite); return &b }}

// Write sends p behind what is held, or holds it too.
func (c *unbrokenConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.held == nil && len(p) == netHTTPBuffer:
		c.held = writeBuffers.Get().(*[]byte)
		*c.held = append(*c.held, p...)
		return len(p), nil
	case c.held != nil && len(*c.held)+len(p) <= oneWrite:
		*c.held = append(*c.held, p...)
		return len(p), c.send()
	}
	if err := c.send(); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// send sends what is held. The caller has the lock.
func (c *unbrokenConn) send() error {
	if c.held == nil {
		return nil
	}
	_, err := c.Conn.Write(*c.held)
	*c.held = (*c.held)[:0]
	writeBuffers.Put(c.held)
	c.held = nil
	return err
}

// sendRest sends what is held of an answer that ended with a full buffer.
func (c *unbrokenConn) sendRest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.send() // the next read of the connection fails as well
}

// SetWriteDeadline keeps the deadline of an answer, which the server takes away
// before sendRest may have something to send.
func (c *unbrokenConn) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// Close sends what is held and closes the connection. It does not wait for a write
// that another goroutine is in, and ends it.
func (c *unbrokenConn) Close() error {
	if c.mu.TryLock() {
		_ = c.send()
		c.mu.Unlock()
	}
	return c.Conn.Close()
}

// CloseWrite sends what is held and tells the client that nothing follows. The
// server looks for this method where it leaves a request's body unread.
func (c *unbrokenConn) CloseWrite() error {
	c.sendRest()
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
