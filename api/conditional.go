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

// tagForm matches the first entity tag of a list (RFC 9110, section 8.8.3).
var tagForm = regexp.MustCompile(`^[ \t,]*(W/)?("[^"\x00-\x20\x7f]*")[ \t]*(?:,|$)`)

// entityTag is a tag with its quotes.
type entityTag struct {
	opaque string
	weak   bool
}

// parseTags parses If-Match. any is true for *. Parsing ends at the first malformed
// tag. The cache in front evaluates the conditions of reads.
func parseTags(values []string) (tags []entityTag, anyTag bool) {
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

// versionForm matches an object's tag, with the suffix of any encoding.
var versionForm = regexp.MustCompile(`^"([1-9][0-9]{0,17})-[0-9a-f]{16}(?:-[a-z0-9]+)?"$`)

// matchVersions returns the versions that If-Match allows. It returns nil without a
// condition, and also for *, because only objects that exist are written. It returns an
// empty list when no tag can match: weak tags never do (RFC 9110, section 13.1.1).
func matchVersions(r *http.Request) []int64 {
	values := r.Header["If-Match"]
	if values == nil {
		return nil
	}
	tags, anyTag := parseTags(values)
	if anyTag {
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

// conditions are the request headers on which a write may depend (RFC 9110, section
// 13.1). A request that does not honor one is refused with the reason, because the
// client relies on it. The dates of objects are too coarse for a condition, and a new
// object has no earlier state.
var conditions = []struct {
	name, reason string
	honored      func(c *call) bool
}{
	{"If-Match", "is only for requests that change, delete or restore an object; leave it out", (*call).honorsMatch},
	{"If-None-Match", "is only for reads; send If-Match with a write", func(*call) bool { return false }},
	{"If-Unmodified-Since", "is not accepted; send If-Match with the ETag of the object that you read", func(c *call) bool {
		return c.honorsMatch() && c.r.Header["If-Match"] != nil // which takes precedence (RFC 9110, section 13.1.4)
	}},
	{"Idempotency-Key", "is only for requests that create an object of the catalogue; leave it out", func(c *call) bool {
		return c.r.Method != http.MethodPost || c.route.Kind == route.List || c.route.Kind == route.Singular
	}},
}

// honorsMatch reports whether the request compares the version of an object.
func (c *call) honorsMatch() bool {
	switch c.route.Kind {
	case route.Object, route.Edit, route.Restore:
		return true
	}
	return false
}

// refuseHeaders refuses a write with a condition that it does not honor.
func (c *call) refuseHeaders() error {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead { // the cache in front evaluates them
		return nil
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
