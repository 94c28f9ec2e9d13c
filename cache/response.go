package cache

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// response is a whole answer of the origin, ready to be written many times: its
// header values are made once, and its encoded forms when they are first asked
// for. It never changes otherwise.
type response struct {
	status int
	// header is what every form has in common; notModified is the part of it that
	// a 304 repeats (RFC 9110, section 15.4.5).
	header, notModified []field
	body                []byte
	tag                 string // the entity tag of the identity form, "" when there is none
	// requestID is the id that the origin answered under. Where it stands in the
	// body of a stored error, the id of the request in hand takes its place.
	requestID string
	forms     forms
}

// field is a header with its values, which are shared by all who are answered:
// their capacity is their length, so that nobody appends to them.
type field struct {
	name   string
	values []string
}

// The headers that are made anew for each answer, in canonical form.
const (
	ageHeader       = "Age"
	codingHeader    = "Content-Encoding"
	lengthHeader    = "Content-Length"
	requestIDHeader = "X-Request-Id"
	statusHeader    = "Cache-Status"
	tagHeader       = "Etag"
	varyHeader      = "Vary"
)

// perAnswer are the headers of the origin that are not passed on as they are.
// Content-Encoding stays: what has one already is not encoded again.
var perAnswer = []string{ageHeader, "Date", lengthHeader, requestIDHeader, statusHeader, tagHeader}

// representation are the headers that a 304 leaves out, because they describe a
// body that the client has. Last-Modified stays, for caches that keep no tags.
var representation = []string{codingHeader, "Content-Type", "Content-Language", "Link"}

// newResponse takes over what the origin wrote.
func newResponse(status int, header http.Header, body []byte) *response {
	p := &response{status: status, body: body, tag: header.Get(tagHeader), requestID: header.Get(requestIDHeader)}
	for name, values := range header {
		if !slices.Contains(perAnswer, name) && len(values) > 0 {
			p.header = append(p.header, field{name, slices.Clip(slices.Clone(values))})
		}
	}
	if p.encodable() && header[varyHeader] == nil {
		p.header = append(p.header, field{varyHeader, []string{"Accept-Encoding"}})
	}
	p.complete()
	if len(body) == 0 && header[lengthHeader] != nil { // the answer to a HEAD
		p.forms.identity.length = header[lengthHeader]
	}
	return p
}

// complete derives what follows from the other fields.
func (p *response) complete() {
	slices.SortFunc(p.header, func(a, b field) int { return strings.Compare(a.name, b.name) })
	p.notModified = make([]field, 0, len(p.header))
	for _, f := range p.header {
		if !slices.Contains(representation, f.name) {
			p.notModified = append(p.notModified, f)
		}
	}
	p.forms.identity = form{body: p.body, length: []string{strconv.Itoa(len(p.body))}}
	if p.tag != "" {
		p.forms.identity.tag = []string{p.tag}
	}
}

// encodable reports whether the body may be sent in other encodings. Errors are
// small, and those that are stored change with the request's id.
func (p *response) encodable() bool {
	return p.status == http.StatusOK && len(p.body) > 0 && !slices.ContainsFunc(p.header, func(f field) bool { return f.name == codingHeader })
}

// value is the first value of a header that all forms share, "" without one.
func (p *response) value(name string) string {
	for _, f := range p.header {
		if f.name == name {
			return f.values[0]
		}
	}
	return ""
}

// storable reports whether the response may be given to others: safety nets
// beside the origin's own decision. An id that stands in the body more than
// once may be a word of it, as a client may choose any.
func (p *response) storable() bool {
	control := p.value("Cache-Control")
	vary := p.value(varyHeader)
	return (p.status == http.StatusOK || p.status == http.StatusNotFound) &&
		!strings.Contains(control, "private") && !strings.Contains(control, "no-store") &&
		(vary == "" || vary == "Accept-Encoding") && p.value("Set-Cookie") == "" &&
		(p.status == http.StatusOK || p.requestID == "" || bytes.Count(p.body, []byte(p.requestID)) <= 1)
}

// bodyFor is the body of an error with the id of the request in hand.
func (p *response) bodyFor(id string) []byte {
	if p.requestID == "" {
		return p.body
	}
	return bytes.Replace(p.body, []byte(p.requestID), []byte(id), 1)
}

// size is how many bytes the response takes in memory, about.
func (p *response) size() int {
	n := len(p.body) + p.forms.size()
	for _, f := range p.header {
		n += len(f.name) + fieldOverhead
		for _, v := range f.values {
			n += len(v)
		}
	}
	return n
}

// fieldOverhead is what a field takes besides its text: its headers of strings
// and slices, twice where a 304 repeats it.
const fieldOverhead = 96
