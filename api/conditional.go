package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"marquee/api/problem"
	"marquee/api/route"
	"marquee/cache/condition"
	"marquee/storage"
	"marquee/storage/edit"
)

// tagHash is the part of an entity tag that makes it strong: counters change the bytes
// without a version. Eight bytes are enough to distinguish the few forms of one
// resource.
func tagHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// objectTag returns the entity tag of a representation of an object.
func objectTag(version int64, body []byte) string {
	return `"` + strconv.FormatInt(version, 10) + "-" + tagHash(body) + `"`
}

// listTag returns the entity tag of a list, which has no version.
func listTag(body []byte) string { return `"` + tagHash(body) + `"` }

// versionForm matches an object's tag, with the suffix of any encoding.
var versionForm = regexp.MustCompile(`^"([1-9][0-9]{0,17})-[0-9a-f]{16}(?:-[a-z0-9]+)?"$`)

// versions returns the versions in the tags of a header. Weak tags count only if weakly
// is true.
func versions(values []string, weakly bool) []int64 {
	found := []int64{}
	for tag, weak := range condition.Tags(values) {
		if m := versionForm.FindStringSubmatch(tag); m != nil && (weakly || !weak) {
			v, _ := strconv.ParseInt(m[1], 10, 64) // the form leaves no room for an error
			found = append(found, v)
		}
	}
	return found
}

// writeCondition returns the conditions of a write of an object. Only objects that exist
// are written, so "*" is true in If-Match and false in If-None-Match. Weak tags never
// match in If-Match (RFC 9110, section 13.1.1).
func writeCondition(r *http.Request) edit.Condition {
	var c edit.Condition
	if values := r.Header["If-Match"]; values != nil {
		if !condition.Any(values) {
			c.Match = versions(values, false)
		}
	} else if date, ok := condition.Date(r.Header["If-Unmodified-Since"]); ok { // If-Match takes precedence (RFC 9110, section 13.1.4)
		c.UnmodifiedSince = date
	}
	if values := r.Header["If-None-Match"]; condition.Any(values) {
		c.Match = []int64{}
	} else if values != nil {
		c.NoneMatch = versions(values, true)
	}
	return c
}

// readConditionFailed returns the problem of a read.
func readConditionFailed() *problem.Problem {
	return problem.New(problem.PreconditionFailed, "what is read has another ETag than If-Match names, or was modified after If-Unmodified-Since; read it without these headers")
}

// conditional returns the reply of a read that does not come from the cache, which
// evaluates conditions itself: the reply, or 304, or the problem 412.
func conditional(r *http.Request, rep *reply) (*reply, error) {
	if rep.status != http.StatusOK || rep.stream != nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return rep, nil
	}
	switch condition.OfRead(r.Header, rep.header.Get("Etag"), rep.header.Get("Last-Modified")) {
	case condition.NotModified:
		rep.status, rep.body = http.StatusNotModified, nil
	case condition.Failed:
		return nil, readConditionFailed()
	case condition.Met:
	}
	return rep, nil
}

// conditions are the request headers on which a write may depend (RFC 9110, section
// 13.1), and how a request honors them. A request that does not honor one is refused with
// the reason, because the client relies on it. If-Unmodified-Since is not among them: only
// an object has a date, and other requests ignore it (RFC 9110, section 13.1.4).
var conditions = []struct {
	name, reason string
	honored      func(c *call) bool
}{
	{"If-Match", "is only for reads, and for requests that change, delete or restore an object; leave it out", (*call).writesObject},
	{"If-None-Match", "is only for reads, and for requests that change, delete or restore an object; leave it out", (*call).writesObject},
	{"Idempotency-Key", "is only for requests that create an object of the catalogue, and for bulks; leave it out", func(c *call) bool {
		return c.r.Method != http.MethodPost || c.route.Kind == route.List || c.route.Kind == route.Singular || c.route.Kind == route.Bulk
	}},
}

// writesObject reports whether the request writes an object that exists.
func (c *call) writesObject() bool {
	switch c.route.Kind {
	case route.Object, route.Edit, route.Restore:
		return true
	}
	return false
}

// refuseHeaders refuses a write with a condition that it does not honor. A creation with
// If-None-Match: * asks that its list does not exist (RFC 9110, section 13.1.2).
func (c *call) refuseHeaders() error {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		return nil
	}
	if c.route.Kind == route.List && condition.Any(c.r.Header["If-None-Match"]) {
		return problem.New(problem.PreconditionFailed, "the list at this path exists; leave If-None-Match out: a creation never replaces an object")
	}
	var faults []storage.Fault
	for _, h := range conditions {
		if values := c.r.Header[h.name]; values != nil && !h.honored(c) {
			faults = append(faults, storage.Fault{Parameter: h.name, Value: storage.Excerpt(strings.Join(values, ", ")), Reason: h.reason})
		}
	}
	if len(faults) > 0 {
		return problem.Invalid(problem.InvalidHeader, faults)
	}
	return nil
}
