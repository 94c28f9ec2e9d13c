package cache

import (
	"net/http"
	"strings"
)

// unchanged reports whether the client has the form of the response already
// (RFC 9110, section 13.2.2): If-Modified-Since only counts where If-None-Match
// is absent. Only reads that succeed have conditions.
func (p *response) unchanged(r *http.Request, f *form) bool {
	if p.status != http.StatusOK {
		return false
	}
	if values := r.Header["If-None-Match"]; values != nil {
		current := ""
		if f.tag != nil {
			current = f.tag[0]
		}
		return noneMatch(values, current)
	}
	values := r.Header["If-Modified-Since"]
	if len(values) != 1 {
		return false
	}
	modified, unknown := http.ParseTime(p.value("Last-Modified"))
	since, malformed := http.ParseTime(values[0])
	return unknown == nil && malformed == nil && !modified.After(since)
}

// noneMatch reports whether a list of entity tags holds the current one, or is
// *. Tags are compared weakly, as section 13.1.2 wants it. Reading ends at what
// is malformed.
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

// quoted is the opaque tag with its quotes that a text begins with, "" when it
// does not (section 8.8.3).
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
