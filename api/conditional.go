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
	"marquee/storage"
)

// tagHash is the part of an entity tag that makes it strong: counters change
// bytes without a version. Eight bytes are enough to tell the few forms of one
// resource apart, and are the same in every process.
func tagHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// objectTag is the entity tag of an object's representation.
func objectTag(version int64, body []byte) string {
	return `"` + strconv.FormatInt(version, 10) + "-" + tagHash(body) + `"`
}

// listTag is the entity tag of a list: only bytes, since it has no version.
func listTag(body []byte) string { return `"` + tagHash(body) + `"` }

// tagForm is the next entity tag of a list of them (RFC 9110, section 8.8.3).
var tagForm = regexp.MustCompile(`^[ \t,]*(W/)?("[^"\x00-\x20\x7f]*")[ \t]*(?:,|$)`)

// entityTag is a tag with its quotes.
type entityTag struct {
	opaque string
	weak   bool
}

// parseTags reads If-Match; every says that it is *. Reading ends at what is
// malformed. The conditions of reads are the cache's matter.
func parseTags(values []string) (tags []entityTag, every bool) {
	rest := strings.TrimSpace(strings.Join(values, ", "))
	if rest == "*" {
		return nil, true
	}
	for {
		m := tagForm.FindStringSubmatch(rest)
		if m == nil {
			return tags, false
		}
		tags = append(tags, entityTag{opaque: m[2], weak: m[1] != ""})
		rest = rest[len(m[0]):]
	}
}

// versionForm is an object's tag with whatever encoding suffix it was sent.
var versionForm = regexp.MustCompile(`^"([1-9][0-9]{0,17})-[0-9a-f]{16}(?:-[a-z0-9]+)?"$`)

// matchVersions reads If-Match as the versions that the object may have: nil
// without a condition (* is none either, since only what exists is written),
// empty when no tag can match. Weak tags never match (RFC 9110, 13.1.1).
func matchVersions(r *http.Request) []int64 {
	values := r.Header["If-Match"]
	if values == nil {
		return nil
	}
	tags, every := parseTags(values)
	if every {
		return nil
	}
	versions := []int64{}
	for _, t := range tags {
		if m := versionForm.FindStringSubmatch(t.opaque); m != nil && !t.weak {
			v, _ := strconv.ParseInt(m[1], 10, 64) // the form leaves no room for an error
			versions = append(versions, v)
		}
	}
	return versions
}

// unheeded are the request headers that change what a write does, or whether it is
// done (RFC 9110, section 13.1): one that a request does not heed is refused, since
// the client counts on it. The dates of objects are too coarse for a condition, and
// what a creation makes has no state before.
var unheeded = []struct {
	name, reason string
	heeded       func(c *call) bool
}{
	{"If-Match", "is taken where an object is changed, deleted or restored, not here", (*call).heedsMatch},
	{"If-None-Match", "is taken where something is read; what is written takes If-Match", func(*call) bool { return false }},
	{"If-Unmodified-Since", "is not taken: send If-Match with the ETag of the object as it was read", func(c *call) bool {
		return c.heedsMatch() && c.r.Header["If-Match"] != nil // which RFC 9110, section 13.1.4, puts in its place
	}},
	{"Idempotency-Key", "is taken where an object of the catalogue is created, not here", func(c *call) bool {
		return c.r.Method != http.MethodPost || c.route.Kind == route.List || c.route.Kind == route.Singular
	}},
}

// heedsMatch reports whether the request compares the version of an object.
func (c *call) heedsMatch() bool {
	switch c.route.Kind {
	case route.Object, route.Edit, route.Restore:
		return true
	}
	return false
}

// refuseHeaders refuses a write with a header that it would ignore.
func (c *call) refuseHeaders() error {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead { // the cache has looked at them
		return nil
	}
	var faults []storage.Fault
	for _, h := range unheeded {
		if values := c.r.Header[h.name]; values != nil && !h.heeded(c) {
			faults = append(faults, storage.Fault{Parameter: h.name, Value: storage.Excerpt(strings.Join(values, ", ")), Reason: h.reason})
		}
	}
	if len(faults) > 0 {
		return problem.Invalid(problem.InvalidHeader, faults)
	}
	return nil
}
