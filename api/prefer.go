package api

import (
	"net/http"
	"regexp"
	"strings"
)

// preferForm matches a preference of the Prefer header (RFC 7240, section 2): a name,
// perhaps with a value. Parameters after it are ignored.
var preferForm = regexp.MustCompile(`^\s*([!#$%&'*+.^_|~0-9A-Za-z-]+)\s*(?:=\s*"?([^";]*)"?)?\s*(?:;.*)?$`)

// The values of the preference return.
const (
	minimal        = "minimal"
	representation = "representation"
)

// preferredReturn returns the value of the preference return, "" for none or an unknown
// value. The first of several counts.
func preferredReturn(r *http.Request) string {
	for item := range strings.SplitSeq(strings.Join(r.Header["Prefer"], ","), ",") {
		m := preferForm.FindStringSubmatch(item)
		if m == nil || !strings.EqualFold(m[1], "return") {
			continue
		}
		if value := strings.TrimSpace(m[2]); value == minimal || value == representation {
			return value
		}
		return ""
	}
	return ""
}
