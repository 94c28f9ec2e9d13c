// Package envelope is the format in which the shared level stores entries.
//
// An envelope has a magic, a format version, a CRC-32C of everything that follows,
// the fields in the order of encodeFields as one text, and the bodies. Numbers are
// unsigned varints; texts and bodies follow their length.
package envelope

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"net/http"
	"time"

	"marquee/cache/plan"
	"marquee/cache/response"
)

const (
	// Version is the version of the format. Other versions are not read.
	Version = 4
	// MaxBytes bounds an envelope. A larger one takes longer to fetch than a request
	// waits for the shared level on a busy network.
	MaxBytes = 1 << 20

	magic  = "mqr"
	prefix = len(magic) + 1 + crc32.Size
	// maxHeaders and maxValues bound the header that is decoded. The origin's answers have
	// about a dozen fields with one value each.
	maxHeaders, maxValues = 64, 16
	// maxLifetime bounds the lifetimes that are decoded: longer ones could overflow when
	// added up.
	maxLifetime = 365 * 24 * time.Hour
	// maxTime bounds the times that are decoded, in nanoseconds: lifetimes are added to
	// them.
	maxTime = math.MaxInt64 - 3*int64(2*maxLifetime)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Envelope is what the shared level stores of an entry.
type Envelope struct {
	Target      string
	Description plan.Description
	// Made is when the origin was asked, in nanoseconds of Unix time. Positions are the
	// positions in the flush log that the sources had reached by then.
	Made      int64
	Positions [plan.Sources]int64
	Response  *response.Response
}

// Encode returns the envelope's bytes, with the encoded bodies that were made.
func (e *Envelope) Encode() []byte {
	parts := e.Response.Parts()
	fields := e.encodeFields(&parts)
	w := writer{append(make([]byte, 0, prefix+len(fields)+e.Response.Size()), magic...)}
	w.b = append(w.b, Version, 0, 0, 0, 0)
	w.bytes(fields)
	w.bytes(parts.Body)
	for _, body := range parts.Encoded {
		if body != nil {
			w.number(1)
			w.bytes(body)
		} else {
			w.number(0)
		}
	}
	binary.LittleEndian.PutUint32(w.b[len(magic)+1:], crc32.Checksum(w.b[prefix:], castagnoli))
	return w.b
}

// encodeFields encodes everything but the bodies.
func (e *Envelope) encodeFields(parts *response.Parts) []byte {
	var w writer
	w.text(e.Target)
	w.number(int64(parts.Status))
	w.number(int64(e.Description.Source))
	w.number(e.Description.AsOf)
	w.number(e.Made)
	for _, position := range e.Positions {
		w.number(position)
	}
	life := e.Description.Lifetimes
	for _, d := range []time.Duration{life.Fresh, life.WhileRevalidate, life.IfError} {
		w.number(int64(d))
	}
	w.time(e.Description.From)
	w.time(e.Description.Until)
	w.number(int64(len(e.Description.Parts)))
	for _, part := range e.Description.Parts {
		w.text(part.Target)
		w.number(int64(part.Source))
		w.number(part.AsOf)
	}
	w.text(parts.RequestID)
	w.text(parts.Tag)
	w.number(int64(len(parts.Header)))
	for _, f := range parts.Header {
		w.text(f.Name)
		w.number(int64(len(f.Values)))
		for _, v := range f.Values {
			w.text(v)
		}
	}
	return w.b
}

// ErrInvalid reports bytes that are not an envelope of this version and target.
var ErrInvalid = errors.New("not an envelope of this version and target")

// Decode reads the envelope of a target. It compares each length with the bytes that
// are left before it allocates.
func Decode(b []byte, target string) (Envelope, error) {
	if !framed(b) {
		return Envelope{}, ErrInvalid
	}
	r := reader{rest: b[prefix:]}
	fields := newReader(r.bytes())
	if fields.text() != target {
		return Envelope{}, ErrInvalid
	}
	parts := response.Parts{Status: int(fields.number(math.MaxInt16))}
	d := plan.Description{Source: fields.source(), AsOf: fields.number(math.MaxInt64)}
	e := Envelope{Target: target}
	e.Made = fields.number(maxTime)
	for source := range e.Positions {
		e.Positions[source] = fields.number(math.MaxInt64)
	}
	for _, life := range []*time.Duration{&d.Lifetimes.Fresh, &d.Lifetimes.WhileRevalidate, &d.Lifetimes.IfError} {
		*life = time.Duration(fields.number(int64(maxLifetime)))
	}
	d.From, d.Until, d.Parts = fields.time(), fields.time(), fields.parts()
	parts.RequestID, parts.Tag = fields.text(), fields.text()
	parts.Header = fields.header()
	parts.Body = r.bytes()
	for i := range parts.Encoded {
		if r.number(1) == 1 {
			parts.Encoded[i] = r.bytes()
		}
	}
	status := parts.Status == http.StatusOK || parts.Status == http.StatusNotFound
	if !fields.ended() || !r.ended() || !status {
		return Envelope{}, ErrInvalid
	}
	e.Description, e.Response = d, response.FromParts(&parts)
	return e, nil
}

// framed reports whether bytes have the size, magic, version and checksum of an
// envelope.
func framed(b []byte) bool {
	if len(b) < prefix || len(b) > MaxBytes || string(b[:len(magic)]) != magic || b[len(magic)] != Version {
		return false
	}
	return binary.LittleEndian.Uint32(b[len(magic)+1:]) == crc32.Checksum(b[prefix:], castagnoli)
}
