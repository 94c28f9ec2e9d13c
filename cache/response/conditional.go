package response

import (
	"net/http"
	"strings"
)

// unchanged reports whether the client already has the response in this encoding
// (RFC 9110, section 13.2.2). If-Modified-Since only counts without If-None-Match.
// Only a 200 has conditions.
func (p *Response) unchanged(r *http.Request, as *encoded) bool {
	if p.status != http.StatusOK {
		return false
	}
	if values := r.Header["If-None-Match"]; values != nil {
		current := ""
		if as.tag != nil {
			current = as.tag[0]
		}
		return noneMatch(values, current)
	}
	values := r.Header["If-Modified-Since"]
	if len(values) != 1 {
		return false
	}
	modified, unknown := http.ParseTime(p.Value("Last-Modified"))
	since, malformed := http.ParseTime(values[0])
	return unknown == nil && malformed == nil && !modified.After(since)
}

// noneMatch reports whether a list of entity tags contains the current one, or is
// "*". Tags are compared weakly (RFC 9110, section 13.1.2). What follows a malformed
// part is not read.
func noneMatch(values []string, current string) bool {
	rest := values[0]
	if len(values) > 1 {
		rest = strings.Join(values, ",")
	}
	if strings.Trim(rest, " \t") == "*" {
		return true
	}
	for {
		rest = strings.TrimLeft(rest, " \t,")
		rest = strings.TrimPrefix(rest, "W/")
		tag := quoted(rest)
		if tag == "" {
			return false
		}
		if tag == current {
			return true
		}
		rest = strings.TrimLeft(rest[len(tag):], " \t")
		if rest != "" && rest[0] != ',' {
			return false
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
