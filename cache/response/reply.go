package response

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"marquee/cache/condition"
	"marquee/cache/encoding"
)

// NoAge is the age of an answer that was made for this request.
const NoAge = -1

// Reply is a response on its way to one client.
type Reply struct {
	*Response
	Status CacheStatus
	Age    int64 // seconds, or NoAge
	// Ends reports that the answer stops being right, and Left is the time until then.
	Ends bool
	Left time.Duration
	// ID is the request's id. Without one, IDs makes it. Without both, the reply has
	// the id of the request that the origin answered, which is in its log.
	ID  []string
	IDs *IDs
}

// Written says how a reply was written.
type Written struct {
	Status   int
	Encoding encoding.Encoding
	// Bytes is the size of the body.
	Bytes int
	// Made reports that the encoding had to be made.
	Made bool
	// Failed reports that a condition of the request fails. The reply is not written then:
	// the caller answers 412.
	Failed bool
}

// Write writes the reply in the encoding that the request prefers, unless a condition of
// the request fails.
func (a Reply) Write(w http.ResponseWriter, r *http.Request) Written {
	as, made := a.choose(r.Header["Accept-Encoding"])
	outcome := a.evaluate(r.Header, as)
	if outcome == condition.Failed {
		return Written{Status: http.StatusPreconditionFailed, Encoding: as.as, Made: made, Failed: true}
	}
	unchanged := outcome == condition.NotModified
	fields := a.header
	if unchanged {
		fields = a.notModified
	}
	header := w.Header()
	for i := range fields {
		header[fields[i].Name] = fields[i].Values
	}
	if a.Ends {
		a.limit(header, a.Left)
	}
	a.stamp(header, a.showsID(r))
	if as.tag != nil {
		header[tagHeader] = as.tag
	}
	if unchanged {
		w.WriteHeader(http.StatusNotModified)
		return Written{Status: http.StatusNotModified, Encoding: as.as, Made: made}
	}
	body, length := as.body, as.length
	if a.ID != nil && a.status != http.StatusOK {
		body = a.bodyFor(a.ID[0])
		length = []string{strconv.Itoa(len(body))}
	}
	header[LengthHeader] = length
	if as.encoding != nil {
		header[encodingHeader] = as.encoding
	}
	w.WriteHeader(a.status)
	written := Written{Status: a.status, Encoding: as.as, Made: made}
	if r.Method != http.MethodHead {
		written.Bytes, _ = w.Write(body) // fails only when the client has left
	}
	return written
}

// evaluate evaluates the conditions of a request against the representation in an
// encoding. Only a 200 has conditions (RFC 9110, section 13.2.1).
func (p *Response) evaluate(header http.Header, as *encoded) condition.Outcome {
	if p.status != http.StatusOK {
		return condition.Met
	}
	tag := ""
	if as.tag != nil {
		tag = as.tag[0]
	}
	return condition.OfRead(header, tag, p.modified)
}

// showsID reports whether the reply has the request id in its header. A public 200
// has it only for a client that gave one, so that a hit equals a miss.
func (a *Reply) showsID(r *http.Request) bool {
	return a.status != http.StatusOK || GivenID(r) != nil || !strings.HasPrefix(a.Value("Cache-Control"), "public")
}

// stamp sets the headers that differ between replies. A hit does little else, so
// their texts are one allocation and their values another.
func (a *Reply) stamp(header http.Header, showsID bool) {
	var space [128]byte
	text := a.Status.append(space[:0])
	statusEnd := len(text)
	if a.Age >= 0 {
		text = strconv.AppendInt(text, a.Age, 10)
	}
	ageEnd := len(text)
	makesID := showsID && a.ID == nil && a.IDs != nil
	if makesID {
		text = a.IDs.append(text)
	}
	all := string(text)
	values := &[3]string{all[:statusEnd], all[statusEnd:ageEnd], all[ageEnd:]}
	header[StatusHeader] = values[0:1:1]
	if a.Age >= 0 {
		header[ageHeader] = values[1:2:2]
	}
	if makesID {
		a.ID = values[2:3:3]
	}
	switch {
	case !showsID:
	case a.ID != nil:
		header[RequestIDHeader] = a.ID
	case a.requestID != "":
		header[RequestIDHeader] = []string{a.requestID}
	}
}
