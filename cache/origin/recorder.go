package origin

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"strconv"

	"marquee/cache/response"
)

// maxBody bounds the body that is held in memory before it is written, in bytes. A
// larger one is streamed to each client.
const maxBody = 4 << 20

// ErrTooLarge reports an answer that does not fit into memory and cannot be shared.
var ErrTooLarge = errors.New("the answer is too large to be shared")

// recorder holds an answer of the origin.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	// stream gets an answer that is too large. Without it, such an answer is an error.
	stream    http.ResponseWriter
	streaming bool
	streamed  int // bytes of the body that stream took
	tooLarge  bool
}

// Header is the answer's header.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader records the first status that is final.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
}

// Write records the body. Above maxBody it streams, or fails with ErrTooLarge.
func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	switch {
	case w.streaming:
		return w.pass(b)
	case w.tooLarge:
		return 0, ErrTooLarge
	case w.body.Len()+len(b) <= maxBody:
		return w.body.Write(b)
	case w.stream == nil:
		w.tooLarge = true
		return 0, ErrTooLarge
	}
	w.streaming = true
	maps.Copy(w.stream.Header(), w.header)
	w.stream.WriteHeader(w.status)
	if _, err := w.pass(w.body.Bytes()); err != nil {
		return 0, err
	}
	return w.pass(b)
}

// pass writes a part of a streamed body.
func (w *recorder) pass(b []byte) (int, error) {
	n, err := w.stream.Write(b)
	w.streamed += n
	return n, err
}

// whole reports whether the body is as long as the header says.
func (w *recorder) whole() bool {
	length := w.header.Get(response.LengthHeader)
	return length == "" || length == strconv.Itoa(w.body.Len())
}

// response returns the recorded answer. A handler that writes its body at once leaves
// nearly no room behind it; other bodies are copied, as they may be kept for long.
func (w *recorder) response() *response.Response {
	w.WriteHeader(http.StatusOK)
	body := w.body.Bytes()
	if cap(body)-len(body) > len(body)/4 {
		body = bytes.Clone(body)
	}
	return response.New(w.status, w.header, body)
}
