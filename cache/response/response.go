// Package response holds whole HTTP responses, ready to be written many times. It
// knows bytes and headers only: encodings, conditional requests, the request id and
// Cache-Status of each reply. Versions and lifetimes belong to package cache.
package response

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"marquee/cache/encoding"
)

// Response is a whole answer of the origin. Its header values are made once, its
// encodings when a request first needs them; it never changes otherwise.
type Response struct {
	status int
	// header has the fields of every reply. notModified is the part of it that a 304
	// repeats (RFC 9110, section 15.4.5).
	header, notModified []Field
	body                []byte
	tag                 string // the entity tag of body, "" without one
	modified            string // Last-Modified, "" without one
	// requestID is the id of the request that the origin answered. The body of a
	// stored error may contain it; a reply replaces it with its own request's id.
	requestID string
	encodings encodings
	limited   atomic.Pointer[limited]
}

// Parts are what a response is made of, for storing it elsewhere.
type Parts struct {
	Status         int
	Header         []Field
	Tag, RequestID string
	Body           []byte
	// Encoded are the encoded bodies that were made so far, nil for the others.
	Encoded [encoding.Count][]byte
}

// Field is a header field. All replies share its values: their capacity is their
// length, so that an append copies them.
type Field struct {
	Name   string
	Values []string
}

// The names of header fields that are set for each reply, in canonical form.
const (
	ageHeader      = "Age"
	encodingHeader = "Content-Encoding"
	tagHeader      = "Etag"
	varyHeader     = "Vary"

	// LengthHeader is the name of Content-Length.
	LengthHeader = "Content-Length"
	// RequestIDHeader carries the request id in both directions.
	RequestIDHeader = "X-Request-Id"
	// StatusHeader carries a CacheStatus.
	StatusHeader = "Cache-Status"
)

// perReply are the origin's fields that are not passed on as they are.
// Content-Encoding is: a body that has one is not encoded again.
var perReply = []string{ageHeader, "Date", LengthHeader, RequestIDHeader, StatusHeader, tagHeader}

// representation are the fields that a 304 leaves out, because they describe a body
// that the client has. Last-Modified stays, for caches that do not store tags.
var representation = []string{encodingHeader, "Content-Type", "Content-Language", "Link"}

// New returns the response that the origin wrote.
func New(status int, header http.Header, body []byte) *Response {
	p := &Response{status: status, body: body, tag: header.Get(tagHeader), requestID: header.Get(RequestIDHeader)}
	for name, values := range header {
		if !slices.Contains(perReply, name) && len(values) > 0 {
			p.header = append(p.header, Field{name, slices.Clip(slices.Clone(values))})
		}
	}
	if p.encodable() && header[varyHeader] == nil {
		p.header = append(p.header, Field{varyHeader, []string{"Accept-Encoding"}})
	}
	p.complete()
	if len(body) == 0 && header[LengthHeader] != nil { // the reply to a HEAD
		p.encodings.identity.length = header[LengthHeader]
	}
	return p
}

// FromParts returns the response with these parts, which it takes over.
func FromParts(parts *Parts) *Response {
	p := &Response{status: parts.Status, header: parts.Header, tag: parts.Tag, requestID: parts.RequestID, body: parts.Body}
	p.encodings.stored = parts.Encoded
	p.complete()
	return p
}

// Parts returns the parts of the response as it is now.
func (p *Response) Parts() Parts {
	return Parts{Status: p.status, Header: p.header, Tag: p.tag, RequestID: p.requestID, Body: p.body, Encoded: p.encodings.bodies()}
}

// Status is the response's status code.
func (p *Response) Status() int { return p.status }

// complete sets the fields that follow from the parts.
func (p *Response) complete() {
	slices.SortFunc(p.header, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	p.modified = p.Value("Last-Modified")
	p.notModified = make([]Field, 0, len(p.header))
	for _, f := range p.header {
		if !slices.Contains(representation, f.Name) {
			p.notModified = append(p.notModified, f)
		}
	}
	p.encodings.identity = encoded{body: p.body, length: []string{strconv.Itoa(len(p.body))}, as: encoding.Identity}
	if p.tag != "" {
		p.encodings.identity.tag = []string{p.tag}
	}
}

// encodable reports whether the body may be sent in other encodings. Errors are
// small, and stored ones change with the request id.
func (p *Response) encodable() bool {
	return p.status == http.StatusOK && len(p.body) > 0 &&
		!slices.ContainsFunc(p.header, func(f Field) bool { return f.Name == encodingHeader })
}

// Value is the first value of a field that all replies share, "" without one.
func (p *Response) Value(name string) string {
	for _, f := range p.header {
		if f.Name == name {
			return f.Values[0]
		}
	}
	return ""
}

// Storable reports whether the response may answer other requests. It checks the
// origin's decision to have it stored: only a 200 or 404 that is not private and
// varies by nothing but the encoding is.
func (p *Response) Storable() bool {
	control, vary := p.Value("Cache-Control"), p.Value(varyHeader)
	status := p.status == http.StatusOK || p.status == http.StatusNotFound
	private := strings.Contains(control, "private") || strings.Contains(control, "no-store") || p.Value("Set-Cookie") != ""
	varies := vary != "" && vary != "Accept-Encoding"
	return status && !private && !varies && !p.ambiguousID()
}

// ambiguousID reports whether an error's body contains the request id more than
// once. Clients choose ids freely, so the id may be equal to a word of the text.
func (p *Response) ambiguousID() bool {
	return p.status != http.StatusOK && p.requestID != "" && bytes.Count(p.body, []byte(p.requestID)) > 1
}

// bodyFor is the body of an error with the id of another request.
func (p *Response) bodyFor(id string) []byte {
	if p.requestID == "" {
		return p.body
	}
	return bytes.Replace(p.body, []byte(p.requestID), []byte(id), 1)
}

// Length is the size of the body as it is, in bytes.
func (p *Response) Length() int { return len(p.body) }

// fieldOverhead is the memory of a field besides its text, in bytes: the headers of
// its strings and slices, twice where a 304 repeats it.
const fieldOverhead = 96

// Size is the memory that the response takes, in bytes, approximately.
func (p *Response) Size() int {
	n := len(p.body)
	for _, body := range p.encodings.bodies() {
		if body != nil {
			n += len(body) + fieldOverhead
		}
	}
	for _, f := range p.header {
		n += len(f.Name) + fieldOverhead
		for _, v := range f.Values {
			n += len(v)
		}
	}
	return n
}
