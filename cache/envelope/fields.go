package envelope

import (
	"encoding/binary"
	"math"
	"time"

	"marquee/cache/plan"
	"marquee/cache/response"
)

// writer appends fields.
type writer struct{ b []byte }

func (w *writer) number(n int64) { w.b = binary.AppendUvarint(w.b, uint64(max(0, n))) }

// time writes an instant in nanoseconds of Unix time, 0 for the zero time.
func (w *writer) time(t time.Time) {
	if t.IsZero() {
		w.number(0)
		return
	}
	w.number(t.UnixNano())
}

func (w *writer) text(s string) {
	w.number(int64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) bytes(b []byte) {
	w.number(int64(len(b)))
	w.b = append(w.b, b...)
}

// reader reads fields in order. After a malformed one, all that follow are empty.
type reader struct {
	rest      []byte
	malformed bool
	// texts is rest at the start. The texts that are read are parts of it, so that a
	// dozen headers are one allocation.
	texts string
}

// newReader returns a reader of texts as well as numbers and bytes.
func newReader(b []byte) reader { return reader{rest: b, texts: string(b)} }

// ended reports whether everything was read and nothing was malformed.
func (r *reader) ended() bool { return !r.malformed && len(r.rest) == 0 }

// number reads a number that is at most limit.
func (r *reader) number(limit int64) int64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(limit) {
		r.malformed, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return int64(n)
}

// time reads an instant, the zero time for 0.
func (r *reader) time() time.Time {
	if n := r.number(maxTime); n > 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// bytes reads a text without copying it.
func (r *reader) bytes() []byte {
	n := r.number(int64(len(r.rest)))
	if n > int64(len(r.rest)) { // rest has shrunk by the length itself
		r.malformed, r.rest = true, nil
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) text() string {
	n := len(r.bytes())
	end := len(r.texts) - len(r.rest)
	return r.texts[end-n : end]
}

func (r *reader) header() []response.Field {
	header := make([]response.Field, r.number(maxHeaders))
	values := make([]string, 0, len(header)) // most fields have one
	for i := range header {
		header[i].Name = r.text()
		first := len(values)
		for range r.number(maxValues) {
			values = append(values, r.text())
		}
		if len(values) == first {
			r.malformed = true
			return nil
		}
		header[i].Values = values[first:len(values):len(values)]
	}
	return header
}

// parts reads the parts of an answer, nil for none.
func (r *reader) parts() []plan.Part {
	n := r.number(plan.MaxParts)
	if n == 0 {
		return nil
	}
	parts := make([]plan.Part, n)
	for i := range parts {
		parts[i] = plan.Part{Target: r.text(), Source: r.source(), AsOf: r.number(math.MaxInt64)}
	}
	return parts
}

// source reads a source.
func (r *reader) source() plan.Source { return plan.Source(r.number(int64(plan.Indexed))) }
