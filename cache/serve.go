package cache

import (
	"net/http"
	"net/url"
	"strings"

	"marquee/cache/response"
)

// ServeHTTP answers a GET or HEAD without credentials from memory if it can.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.origin.Handler.ServeHTTP(w, r)
		return
	}
	v := visit{Handler: h, w: w, r: r, start: h.now()}
	if r.Header["Authorization"] == nil && r.Header["Min-Version"] == nil {
		// A plan that is remembered belongs to a target without credentials.
		if v.plan = h.memory.Plan(r.RequestURI); v.plan != nil && v.plan.Store {
			h.read(&v)
			return
		}
	}
	h.route(&v)
}

// route handles requests other than a plain read of a known target.
func (h *Handler) route(v *visit) {
	credentials := hasCredentials(v.r)
	if v.plan == nil {
		v.plan = h.memory.Plan(v.r.RequestURI)
	}
	if v.plan == nil {
		if v.plan = h.plan(v.r); v.plan == nil {
			h.origin.Handler.ServeHTTP(v.w, v.r)
			return
		}
		if !credentials && v.r.RequestURI != "" {
			h.memory.Remember(v.r.RequestURI, v.plan)
		}
	}
	switch {
	case v.plan.Streams != nil && v.plan.Streams(v.r.Header):
		// It takes no slot, has no deadline here, and is charged by the origin.
		h.origin.Handler.ServeHTTP(v.w, v.r)
	case credentials:
		h.bypass(v, response.Credentials)
	case !v.plan.Store:
		h.bypass(v, "")
	case v.r.Header["Min-Version"] != nil:
		h.readAtLeast(v)
	default:
		h.read(v)
	}
}

// hasCredentials reports whether a request has credentials, in a header or in the
// parameters of OAuth 1.0 (RFC 5849, section 3.5.3).
func hasCredentials(r *http.Request) bool {
	if r.Header["Authorization"] != nil {
		return true
	}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(name); err != nil || strings.HasPrefix(decoded, "oauth_") {
			return true
		}
	}
	return false
}
