package listen

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Unread answers a request that net/http could not read, or would not pass to a handler.
// The request has only a method, if that is known, and the address of the client. status
// is what net/http would answer, and detail says what is wrong, then how to repair it.
type Unread func(w http.ResponseWriter, r *http.Request, status int, detail string)

const (
	// lingerTime and lingerBytes bound reading the rest of a refused request. To close
	// while the client still sends would reset the connection, and the client might not
	// read the answer.
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 256 << 10
)

// replace sends the answer of unread in place of a plain one. Then it reads the rest of
// the request, since the server closes the connection next. The caller holds the lock.
func (c *oneWriteConn) replace(status int, cause string) error {
	head := c.head()
	method, _, _ := strings.Cut(head, " ")
	r := &http.Request{Method: method, URL: &url.URL{}, Header: http.Header{}, RemoteAddr: c.RemoteAddr().String()}
	w := &answer{header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}}
	c.server.unread(w, r, status, detail(status, cause, head, c.server.http.MaxHeaderBytes))
	made := http.Response{
		ProtoMajor: 1, ProtoMinor: 1, StatusCode: w.status, Header: w.header, Close: true,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}
	var b bytes.Buffer
	if err := made.Write(&b); err != nil {
		return err
	}
	if _, err := c.Conn.Write(b.Bytes()); err != nil {
		return err
	}
	c.linger()
	return nil
}

func (c *oneWriteConn) linger() {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = c.SetReadDeadline(time.Now().Add(lingerTime))
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes) // the answer is sent either way
	}
}

// answer collects an answer.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the answer's header.
func (w *answer) Header() http.Header { return w.header }

// WriteHeader sets the status.
func (w *answer) WriteHeader(status int) { w.status = status }

// Write adds to the body.
func (w *answer) Write(p []byte) (int, error) { return w.body.Write(p) }

// received is what a connection has read of the current request, to say what is wrong
// with it. It holds no copy: text is valid until the next read.
type received struct {
	reads int
	text  []byte
	// lead is a first byte that was read while the answer before was under way, 0 without
	// one. net/http reads one byte then, to notice a client that leaves. next becomes lead.
	lead, next byte
}

// add records a read.
func (r *received) add(p []byte, n int) {
	switch {
	case n <= 0:
	case len(p) == 1:
		r.next = p[0]
	default:
		r.reads++
		r.text = p[:n]
	}
}

// reset begins another request.
func (r *received) reset() { *r = received{lead: r.next} }

// head returns the request if it came in one piece, else "".
func (r *received) head() string {
	switch {
	case r.reads != 1:
		return ""
	case r.lead != 0:
		return string(r.lead) + string(r.text)
	}
	return string(r.text)
}
