// Package condition evaluates the conditional headers of requests (RFC 9110, section
// 13).
package condition

import (
	"iter"
	"net/http"
	"strings"
	"time"
)

// Outcome is what the conditions of a read demand.
type Outcome int

// The outcomes.
const (
	// Met is an answer as without conditions.
	Met Outcome = iota
	// NotModified is a 304: the client has the representation.
	NotModified
	// Failed is a 412.
	Failed
)

// OfRead evaluates the conditions of a GET or HEAD whose answer would be 200, in the
// order of RFC 9110, section 13.2.2. tag is the entity tag of the selected
// representation and modified its Last-Modified, "" for none.
func OfRead(header http.Header, tag, modified string) Outcome {
	if values := header["If-Match"]; values != nil {
		if !has(values, tag, false) {
			return Failed
		}
	} else if values := header["If-Unmodified-Since"]; values != nil && after(modified, values) > 0 {
		return Failed
	}
	if values := header["If-None-Match"]; values != nil {
		if has(values, tag, true) {
			return NotModified
		}
		return Met
	}
	if values := header["If-Modified-Since"]; values != nil && after(modified, values) < 0 {
		return NotModified
	}
	return Met
}

// after compares the time of the last change with the date of a header: 1 for later, -1
// for equal or earlier, 0 if one of them is not a date (RFC 9110, sections 13.1.3 and
// 13.1.4).
func after(modified string, values []string) int {
	at, err := http.ParseTime(modified)
	since, known := Date(values)
	switch {
	case err != nil || !known:
		return 0
	case at.After(since):
		return 1
	}
	return -1
}

// Date parses the date of a conditional header. Anything but one date is ignored.
func Date(values []string) (date time.Time, ok bool) {
	if len(values) != 1 {
		return time.Time{}, false
	}
	date, err := http.ParseTime(values[0])
	return date, err == nil
}

// has reports whether the tags of a header contain the current one, or are "*".
// Comparison is weak for If-None-Match, and strong for If-Match: no weak tag is equal
// then (RFC 9110, section 8.8.3.2).
func has(values []string, current string, weakly bool) bool {
	if Any(values) {
		return true
	}
	for tag, weak := range Tags(values) {
		if tag == current && (weakly || !weak) {
			return true
		}
	}
	return false
}

// Any reports whether a header is "*".
func Any(values []string) bool { return len(values) == 1 && strings.Trim(values[0], " \t") == "*" }

// Tags yields the entity tags of a header, with their quotes, and whether each is weak.
// It ends at the first malformed part.
func Tags(values []string) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		rest := values[0]
		if len(values) > 1 {
			rest = strings.Join(values, ",")
		}
		for {
			rest = strings.TrimLeft(rest, " \t,")
			opaque, weak := strings.CutPrefix(rest, "W/")
			tag := quoted(opaque)
			if tag == "" {
				return
			}
			rest = strings.TrimLeft(opaque[len(tag):], " \t")
			if !yield(tag, weak) || rest != "" && rest[0] != ',' {
				return
			}
		}
	}
}

// quoted returns the opaque tag at the start of a text, with its quotes (RFC 9110,
// section 8.8.3), "" without one.
func quoted(s string) string {
	if s == "" || s[0] != '"' {
		return ""
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return s[:i+1]
		case s[i] <= ' ' || s[i] == 0x7f:
			return ""
		}
	}
	return ""
}
