package cache

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// requestIDs makes ids of requests: a random part of the process and a count,
// which is unique like a random id and costs a hit a tenth of one.
type requestIDs struct {
	process string
	count   atomic.Uint64
}

func newRequestIDs() *requestIDs {
	return &requestIDs{process: strings.ToLower(rand.Text()[:16]) + "-"}
}

func (i *requestIDs) append(b []byte) []byte {
	return strconv.AppendUint(append(b, i.process...), i.count.Add(1), 36)
}

// of is the id that a request carries, or a new one, which it has from then on.
func (i *requestIDs) of(v *visit) []string {
	if v.id == nil {
		v.id = givenID(v.r)
	}
	if v.id == nil {
		v.id = []string{string(i.append(nil))}
	}
	return v.id
}

// maxID bounds ids of clients: they go into headers and logs.
const maxID = 64

// givenID is the request's id if its client gave one that is well-formed, else
// nil.
func givenID(r *http.Request) []string {
	values := r.Header[requestIDHeader]
	if len(values) != 1 || values[0] == "" || len(values[0]) > maxID {
		return nil
	}
	for _, c := range []byte(values[0]) {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return nil
		}
	}
	return values
}
