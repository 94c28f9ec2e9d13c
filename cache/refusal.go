package cache

import (
	"encoding/json"
	"net/http"
	"strconv"

	"marquee/cache/condition"
	"marquee/cache/plan"
	"marquee/cache/response"
)

// refusal returns a handler that answers with a problem (RFC 9457). It is a default for
// handlers of a Config.
func refusal(status int, slug, detail string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		body, err := json.Marshal(map[string]any{
			"meta": map[string]string{"request_id": header.Get(response.RequestIDHeader)},
			"type": "/problems/" + slug, "title": http.StatusText(status), "status": status, "detail": detail,
		})
		if err != nil {
			panic("cache: encode a problem: " + err.Error()) // texts and a number always encode
		}
		header.Set("Content-Type", "application/problem+json")
		header.Set("Cache-Control", "no-store")
		if status == http.StatusServiceUnavailable {
			header.Set("Retry-After", "1")
		}
		header.Set(response.LengthHeader, strconv.Itoa(len(body)))
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(body) // fails only when the client has left
		}
	})
}

// conditional is the writer of an answer that is streamed. It evaluates the conditions of
// the request, which the origin does not get.
type conditional struct {
	http.ResponseWriter
	visit  visit // a copy, so that the visits of hits need no memory of their own
	status response.CacheStatus
	report *plan.Report
	// written is the status that the client got.
	written int
}

// WriteHeader writes the header, or 304 or 412 in its place.
func (w *conditional) WriteHeader(status int) {
	w.written = status
	if until := w.report.Until; !until.IsZero() {
		response.Limit(w.Header(), until.Sub(w.visit.now()))
	}
	if status == http.StatusOK {
		w.evaluate()
	}
	if w.written != http.StatusPreconditionFailed {
		w.ResponseWriter.WriteHeader(w.written)
	}
}

func (w *conditional) evaluate() {
	header := w.Header()
	switch condition.OfRead(w.visit.r.Header, header.Get("Etag"), header.Get("Last-Modified")) {
	case condition.NotModified:
		w.written = http.StatusNotModified
		header.Del("Content-Type")
		header.Del(response.LengthHeader)
	case condition.Failed:
		w.written = http.StatusPreconditionFailed
		clear(header)
		w.visit.refuse(w.status, w.visit.preconditionFailed)
	case condition.Met:
	}
}

// Write writes a part of the body, unless another answer was written.
func (w *conditional) Write(p []byte) (int, error) {
	if w.written == http.StatusOK {
		return w.ResponseWriter.Write(p)
	}
	return len(p), nil
}
