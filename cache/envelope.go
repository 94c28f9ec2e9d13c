package cache

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"net/http"
	"strconv"
	"time"

	"marquee/cache/plan"
)

// An entry travels through the shared level as: the magic, the version, a
// CRC-32C of all that follows, the fields in the order of encode as one text, and
// the bodies. Numbers are unsigned varints; texts and bodies have their length
// before them.
const (
	envelopeMagic   = "mqr"
	envelopeVersion = 3
	envelopeHead    = len(envelopeMagic) + 1 + crc32.Size
	// maxEnvelope bounds in bytes what is stored in the shared level: a larger one
	// takes longer to fetch than readDeadline on a busy network.
	maxEnvelope = 1 << 20
	// maxHeaders and maxValues bound what is read; the origin's answers have about
	// a dozen headers of one value.
	maxHeaders, maxValues = 64, 16
	// maxLifetime bounds what is read: longer ones would overflow when added up.
	maxLifetime = 365 * 24 * time.Hour
)

// envelopeKey is the version in keys.
var envelopeKey = ":" + strconv.Itoa(envelopeVersion) + ":"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode is the entry as it is now, with the forms that were made.
func (e *entry) encode() []byte {
	fields := e.encodeFields()
	w := writer{append(make([]byte, 0, envelopeHead+len(fields)+e.size()), envelopeMagic...)}
	w.b = append(w.b, envelopeVersion, 0, 0, 0, 0)
	w.bytes(fields)
	w.bytes(e.body)
	for c := range codings {
		if body := e.forms.body(coding(c)); body != nil {
			w.number(1)
			w.bytes(body)
		} else {
			w.number(0)
		}
	}
	binary.LittleEndian.PutUint32(w.b[len(envelopeMagic)+1:], crc32.Checksum(w.b[envelopeHead:], castagnoli))
	return w.b
}

// encodeFields is all but the bodies.
func (e *entry) encodeFields() []byte {
	var w writer
	w.text(e.target)
	w.number(int64(e.status))
	w.number(int64(e.source))
	w.number(e.asOf.Load())
	w.number(e.made)
	w.number(e.counted)
	for _, d := range []time.Duration{e.lifetimes.Fresh, e.lifetimes.WhileRevalidate, e.lifetimes.IfError} {
		w.number(int64(d))
	}
	w.text(e.requestID)
	w.text(e.tag)
	w.number(int64(len(e.header)))
	for _, f := range e.header {
		w.text(f.name)
		w.number(int64(len(f.values)))
		for _, v := range f.values {
			w.text(v)
		}
	}
	return w.b
}

// writer appends fields.
type writer struct{ b []byte }

func (w *writer) number(n int64) { w.b = binary.AppendUvarint(w.b, uint64(max(0, n))) }

func (w *writer) text(s string) {
	w.number(int64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) bytes(b []byte) {
	w.number(int64(len(b)))
	w.b = append(w.b, b...)
}

// errEnvelope says that something is no envelope of ours, or not this target's.
var errEnvelope = errors.New("not an envelope of this version and target")

// decode reads an envelope of a target. Nothing in it is trusted before its
// length was compared with what there is.
func decode(b []byte, target string) (*entry, error) {
	if len(b) < envelopeHead || len(b) > maxEnvelope || string(b[:len(envelopeMagic)]) != envelopeMagic || b[len(envelopeMagic)] != envelopeVersion {
		return nil, errEnvelope
	}
	r := reader{rest: b[envelopeHead:]}
	if binary.LittleEndian.Uint32(b[len(envelopeMagic)+1:]) != crc32.Checksum(r.rest, castagnoli) {
		return nil, errEnvelope
	}
	fields := newReader(r.bytes())
	if fields.text() != target {
		return nil, errEnvelope
	}
	p := &response{status: int(fields.number(math.MaxInt16))}
	d := plan.Description{Source: plan.Source(fields.number(int64(plan.Indexed))), AsOf: fields.number(math.MaxInt64)}
	made := fields.number(math.MaxInt64 - 3*int64(2*maxLifetime)) // the ends of lifetimes are added to it
	counted := fields.number(math.MaxInt64)
	for _, life := range []*time.Duration{&d.Lifetimes.Fresh, &d.Lifetimes.WhileRevalidate, &d.Lifetimes.IfError} {
		*life = time.Duration(fields.number(int64(maxLifetime)))
	}
	p.requestID, p.tag = fields.text(), fields.text()
	p.header = fields.header()
	p.body = r.bytes()
	for c := range codings {
		if r.number(1) == 1 {
			p.forms.fetched[c] = r.bytes()
		}
	}
	if !fields.ended() || !r.ended() || p.status != http.StatusOK && p.status != http.StatusNotFound {
		return nil, errEnvelope
	}
	p.complete()
	return newEntry(target, p, d, made, counted), nil
}

// reader takes fields off. Once one is bad, all that follow are empty.
type reader struct {
	rest []byte
	bad  bool
	// texts is what rest was at first: the texts are parts of it, so that a dozen
	// headers are one allocation.
	texts string
}

// newReader reads texts as well as numbers and bytes.
func newReader(b []byte) reader { return reader{rest: b, texts: string(b)} }

// ended reports whether all was read, and nothing was bad.
func (r *reader) ended() bool { return !r.bad && len(r.rest) == 0 }

// number takes a number off that is at most limit.
func (r *reader) number(limit int64) int64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(limit) {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return int64(n)
}

// bytes takes a text off without copying it.
func (r *reader) bytes() []byte {
	n := r.number(int64(len(r.rest)))
	if n > int64(len(r.rest)) { // the number itself took some
		r.bad, r.rest = true, nil
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

func (r *reader) header() []field {
	header := make([]field, r.number(maxHeaders))
	values := make([]string, 0, len(header)) // most have one
	for i := range header {
		header[i].name = r.text()
		first := len(values)
		for range r.number(maxValues) {
			values = append(values, r.text())
		}
		if len(values) == first {
			r.bad = true
			return nil
		}
		header[i].values = values[first:len(values):len(values)]
	}
	return header
}
