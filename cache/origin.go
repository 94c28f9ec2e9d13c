package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"

	"marquee/cache/plan"
)

// maxBody bounds in bytes what is gathered of an answer before it is written; a
// larger one is streamed to each who asks, as it is.
const maxBody = 4 << 20

// errTooLarge says that an answer does not fit into a recorder.
var errTooLarge = errors.New("the answer is too large to be shared")

// recorder gathers an answer of the origin.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	// stream takes an answer that is too large, nil makes that an error.
	stream    http.ResponseWriter
	streaming bool
	tooLarge  bool
}

// Header is the answer's header.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader notes the first status that is final.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
}

// Write gathers the body; errTooLarge above maxBody.
func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	switch {
	case w.streaming:
		return w.stream.Write(b)
	case w.tooLarge:
		return 0, errTooLarge
	case w.body.Len()+len(b) <= maxBody:
		return w.body.Write(b)
	case w.stream == nil:
		w.tooLarge = true
		return 0, errTooLarge
	}
	w.streaming = true
	maps.Copy(w.stream.Header(), w.header)
	w.stream.WriteHeader(w.status)
	if _, err := w.stream.Write(w.body.Bytes()); err != nil {
		return 0, err
	}
	return w.stream.Write(b)
}

// whole reports whether the answer has as many bytes as it says.
func (w *recorder) whole() bool {
	said := w.header.Get(lengthHeader)
	return said == "" || said == strconv.Itoa(w.body.Len())
}

// response is what was gathered.
func (w *recorder) response() *response {
	w.WriteHeader(http.StatusOK)
	return newResponse(w.status, w.header, bytes.Clone(w.body.Bytes()))
}

// sharedRequest makes the request whose answer is for everybody: nothing in it is the
// client's but the id, for the origin's log.
func (h *Handler) sharedRequest(ctx context.Context, r *http.Request, target, id string) (*http.Request, error) {
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, fmt.Errorf("canonical target: %w", err)
	}
	return (&http.Request{
		Method: http.MethodGet, URL: u, RequestURI: target, Host: r.Host, RemoteAddr: r.RemoteAddr,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{requestIDHeader: {id}}, Body: http.NoBody,
	}).WithContext(ctx), nil
}

// chosenHere are the request headers that this package acts on: the origin
// always gives the whole answer as it is.
var chosenHere = []string{"Accept-Encoding", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range"}

// ownRequest makes the request whose answer is for its client only.
func ownRequest(ctx context.Context, r *http.Request, id string) *http.Request {
	r = r.Clone(ctx)
	for _, name := range chosenHere {
		r.Header.Del(name)
	}
	r.Header[requestIDHeader] = []string{id}
	return r
}

// errAborted says that the origin dropped its answer.
var errAborted = errors.New("the origin aborted its answer")

// ask has the origin answer a request of ours. A panic of the origin becomes an
// error, since others than the one who asked may wait for the answer.
func (h *Handler) ask(r *http.Request) (p *response, d plan.Report, err error) {
	w := &recorder{header: http.Header{}}
	defer func() {
		if v := recover(); v != nil {
			err = errAborted
			if v != http.ErrAbortHandler { //nolint:errorlint // net/http compares the value as well
				h.logger.Error("the origin panicked", "target", r.RequestURI, "panic", v, "stack", string(debug.Stack()))
			}
		}
	}()
	h.next.ServeHTTP(w, r.WithContext(plan.WithReport(r.Context(), &d)))
	switch {
	case w.tooLarge:
		return nil, d, errTooLarge
	case r.Context().Err() != nil && w.status == 0: // nothing was written because time was over
		return nil, d, r.Context().Err()
	case !w.whole():
		return nil, d, errAborted
	}
	d.Described = d.Described && r.Context().Err() == nil // nobody knows what an origin leaves out in haste
	return w.response(), d, nil
}
