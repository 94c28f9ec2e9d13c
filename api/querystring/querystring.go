// Package querystring splits and joins query strings strictly, and fixes faulty
// parameters.
package querystring

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"marquee/storage"
)

// Pair is a parameter as the client gave it, decoded.
type Pair struct {
	Name, Value string
	// dropped marks a pair that a fix leaves out.
	dropped bool
}

// Split parses a query string strictly: it returns a fault for what
// url.ParseQuery drops silently. It drops tracking parameters and the parameters
// of an OAuth signature before it checks anything.
func Split(raw string) ([]Pair, []Fault) {
	var pairs []Pair
	var faults []Fault
	for piece := range strings.SplitSeq(raw, "&") {
		rawName, rawValue, _ := strings.Cut(piece, "=")
		if piece == "" || isForeign(rawName) {
			continue
		}
		name, reason := decode(rawName)
		if isForeign(name) {
			continue
		}
		value, reasonOfValue := decode(rawValue)
		if reason == "" {
			reason = reasonOfValue
		}
		if name == "" {
			name, reason = piece, "is a parameter without a name"
		}
		if strings.Contains(piece, ";") {
			reason = "has a ;, which does not separate parameters; use & as separator and %3B for the character"
		}
		if reason == "" {
			pairs = append(pairs, Pair{Name: name, Value: value})
			continue
		}
		f := storage.Fault{Parameter: storage.Excerpt(name), Value: storage.Excerpt(rawValue), Reason: reason}
		faults = append(faults, Fault{Fault: f, at: noPair})
	}
	return pairs, faults
}

// decode unescapes a name or a value. If that fails, it returns the reason and
// the raw text.
func decode(raw string) (text, reason string) {
	text, err := url.QueryUnescape(raw)
	switch {
	case err != nil:
		return raw, "has a malformed % escape"
	case !utf8.ValidString(text):
		return raw, "is not valid UTF-8"
	case strings.ContainsRune(text, 0):
		return raw, "must not hold the character NUL"
	}
	return text, ""
}

// isForeign reports whether the parameter is not for the catalogue: it belongs to
// a tracking campaign or to an OAuth signature (RFC 5849, section 3.5.3). A
// signature is verified earlier, and no link may repeat it.
func isForeign(name string) bool {
	return strings.HasPrefix(name, "utm_") || name == "gclid" || name == "fbclid" || strings.HasPrefix(name, "oauth_")
}

// Join returns the query string of pairs.
func Join(pairs []Pair) string {
	var b strings.Builder
	for _, p := range pairs {
		if p.dropped {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(p.Name) + "=" + escape(p.Value))
	}
	return b.String()
}

// escape is url.QueryEscape without the comma, so that lists stay readable.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "%2C", ",") }

// Target returns the request target of a path with parameters.
func Target(path string, pairs []Pair) string {
	if query := Join(pairs); query != "" {
		return path + "?" + query
	}
	return path
}
