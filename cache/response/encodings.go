package response

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"marquee/cache/encoding"
)

// minEncoded is the size in bytes below which a body is only encoded for clients
// that refuse it plain: it fits into the packet of the headers.
const minEncoded = 256

// encoded is a body in one encoding, with its header values.
type encoded struct {
	body                  []byte
	length, encoding, tag []string
	as                    encoding.Encoding
	// smaller is false when the body as it is has no more bytes.
	smaller bool
}

// encodings are the bodies of one response.
type encodings struct {
	identity encoded
	made     [encoding.Count]atomic.Pointer[encoded]
	// stored are the bodies that came from the shared level. Most clients of a
	// process want the same encoding, so header values are made on first use.
	stored [encoding.Count][]byte
	making sync.Mutex
}

// bodies returns the encoded bodies that there are, nil for the others.
func (s *encodings) bodies() [encoding.Count][]byte {
	bodies := s.stored
	for e := range s.made {
		if made := s.made[e].Load(); made != nil {
			bodies[e] = made.body
		}
	}
	return bodies
}

// choose returns the encoding of the response that a client prefers, and whether it
// had to be made.
func (p *Response) choose(accept []string) (chosen *encoded, made bool) {
	if len(accept) == 0 || !p.encodable() {
		return &p.encodings.identity, false
	}
	best, plain := encoding.Negotiate(accept)
	if best == encoding.Identity || plain && len(p.body) < minEncoded {
		return &p.encodings.identity, false
	}
	if chosen, made = p.encode(best); chosen.smaller || !plain {
		return chosen, made
	}
	return &p.encodings.identity, made
}

// encode returns the response in an encoding other than Identity. made reports that
// its body was encoded now.
func (p *Response) encode(e encoding.Encoding) (as *encoded, made bool) {
	if as := p.encodings.made[e].Load(); as != nil {
		return as, false
	}
	p.encodings.making.Lock()
	defer p.encodings.making.Unlock()
	if as := p.encodings.made[e].Load(); as != nil {
		return as, false
	}
	body := p.encodings.stored[e]
	if made = body == nil; made {
		body = encoding.Encode(e, p.body)
	}
	as = p.newEncoded(e, body)
	p.encodings.made[e].Store(as)
	return as, made
}

// newEncoded adds the header values to an encoded body. Each encoding has its own
// entity tag, since a strong tag stands for bytes.
func (p *Response) newEncoded(e encoding.Encoding, body []byte) *encoded {
	as := &encoded{
		body: body, length: []string{strconv.Itoa(len(body))}, encoding: []string{e.String()},
		as: e, smaller: len(body) < len(p.body),
	}
	if p.tag != "" {
		as.tag = []string{strings.TrimSuffix(p.tag, `"`) + "-" + e.String() + `"`}
	}
	return as
}

// Prepare makes the encoding that a request prefers, so that Write finds it.
func (p *Response) Prepare(r *http.Request) { p.choose(r.Header["Accept-Encoding"]) }
