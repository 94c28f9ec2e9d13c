package cache

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// notAged is the age of an answer that was made for this request.
const notAged = -1

// reply is how a response is given to one request.
type reply struct {
	*response
	status status
	age    int64 // seconds, or notAged
	// id is the request's. Without one, ids makes it; without both, the reply keeps
	// the one that the origin answered under, which is in its log.
	id  []string
	ids *requestIDs
}

// respond writes a reply in the form that the request wants. It returns the
// status, and whether a form had to be made for it.
func respond(w http.ResponseWriter, r *http.Request, a reply) (sent int, made bool) {
	f, made := a.choose(r.Header["Accept-Encoding"])
	unchanged := a.unchanged(r, f)
	fields := a.header
	if unchanged {
		fields = a.notModified
	}
	header := w.Header()
	for i := range fields {
		header[fields[i].name] = fields[i].values
	}
	a.stamp(header, a.named(r))
	if f.tag != nil {
		header[tagHeader] = f.tag
	}
	if unchanged {
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, made
	}
	body, length := f.body, f.length
	if a.id != nil && a.response.status != http.StatusOK {
		body = a.bodyFor(a.id[0])
		length = []string{strconv.Itoa(len(body))}
	}
	header[lengthHeader] = length
	if f.coding != nil {
		header[codingHeader] = f.coding
	}
	w.WriteHeader(a.response.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that is gone needs no answer
	}
	return a.response.status, made
}

// named reports whether the answer tells the request's id. What is kept and found
// tells it only to who gave one: a hit is equal to a miss.
func (a *reply) named(r *http.Request) bool {
	return a.response.status != http.StatusOK || givenID(r) != nil || !strings.HasPrefix(a.value("Cache-Control"), "public")
}

// stamp sets the headers of this answer alone. Their texts are made in one piece
// and their values in another, since a hit does little else.
func (a *reply) stamp(header http.Header, named bool) {
	var room [128]byte
	text := a.status.append(room[:0])
	statusEnd := len(text)
	if a.age >= 0 {
		text = strconv.AppendInt(text, a.age, 10)
	}
	ageEnd := len(text)
	makes := named && a.id == nil && a.ids != nil
	if makes {
		text = a.ids.append(text)
	}
	all := string(text)
	values := &[3]string{all[:statusEnd], all[statusEnd:ageEnd], all[ageEnd:]}
	header[statusHeader] = values[0:1:1]
	if a.age >= 0 {
		header[ageHeader] = values[1:2:2]
	}
	if makes {
		a.id = values[2:3:3]
	}
	switch {
	case !named:
	case a.id != nil:
		header[requestIDHeader] = a.id
	case a.requestID != "":
		header[requestIDHeader] = []string{a.requestID}
	}
}

// unavailable is the answer when there is none, in the form of every problem
// here (RFC 9457).
func unavailable(w http.ResponseWriter, r *http.Request) {
	id := w.Header().Get(requestIDHeader)
	body, err := json.Marshal(map[string]any{
		"meta": map[string]string{"request_id": id}, "type": "/problems/unavailable", "title": "Temporarily unavailable",
		"status": http.StatusServiceUnavailable, "detail": "too many requests wait for an answer; try again",
	})
	if err != nil {
		panic("cache: encode a problem: " + err.Error()) // texts and a number always encode
	}
	header := w.Header()
	header.Set("Content-Type", "application/problem+json")
	header.Set("Cache-Control", "no-store")
	header.Set("Retry-After", "1")
	header.Set(lengthHeader, strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusServiceUnavailable)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that is gone needs no answer
	}
}
