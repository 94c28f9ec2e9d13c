package forwarded

import (
	"net/netip"
	"regexp"
	"strings"
)

// trimSpace removes optional white space (RFC 9110, section 5.6.3).
func trimSpace(s string) string { return strings.Trim(s, " \t") }

// cutLast cuts a header around its last separator outside of quotes. It scans
// from the end, which the nearest proxy wrote, so that a quote that a client left
// open before cannot hide the proxy's element.
func cutLast(s string, separator byte) (before, last string, found bool) {
	quoted := false
	for i := len(s) - 1; i >= 0; i-- {
		switch {
		case s[i] == '"' && !escaped(s, i):
			quoted = !quoted
		case s[i] == separator && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return "", s, false
}

// escaped reports whether an odd number of backslashes precedes the byte.
func escaped(s string, i int) bool {
	n := 0
	for i > n && s[i-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}

// forwardedFor returns the value of the parameter "for" of an element of
// Forwarded (RFC 7239, section 4). The element must have exactly one.
func forwardedFor(element string) (node string, ok bool) {
	for more := true; more; {
		var pair string
		element, pair, more = cutLast(element, ';')
		name, value, _ := strings.Cut(trimSpace(pair), "=")
		if !strings.EqualFold(name, "for") {
			continue
		}
		if ok {
			return "", false
		}
		node, ok = unquote(value), true
	}
	return node, ok
}

// quotedPair matches an escaped byte in a quoted string (RFC 9110, section 5.6.4).
var quotedPair = regexp.MustCompile(`\\(.)`)

// unquote returns the content of a quoted string, and other values unchanged.
func unquote(value string) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return value
	}
	return quotedPair.ReplaceAllString(value[1:len(value)-1], "$1")
}

// nodePort matches a port, or an identifier that hides one (RFC 7239, section 6).
var nodePort = regexp.MustCompile(`^:([0-9]{1,5}|_[A-Za-z0-9._-]+)$`)

// parseNode parses an address with an optional port: 192.0.2.1, 192.0.2.1:80,
// 2001:db8::1, [2001:db8::1], [2001:db8::1]:80. It returns false for identifiers
// that hide the address, such as unknown or _hidden.
func parseNode(s string) (netip.Addr, bool) {
	host, port := s, ""
	bracketed := strings.HasPrefix(s, "[")
	if bracketed {
		var closed bool
		if host, port, closed = strings.Cut(s[1:], "]"); !closed {
			return netip.Addr{}, false
		}
	} else if i := strings.IndexByte(s, ':'); i >= 0 && i == strings.LastIndexByte(s, ':') {
		host, port = s[:i], s[i:]
	}
	if port != "" && !nodePort.MatchString(port) {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" || bracketed && !addr.Is6() {
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}
