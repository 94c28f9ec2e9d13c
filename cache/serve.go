package cache

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"marquee/cache/plan"
	"marquee/cache/response"
)

// visit is a request on its way through the cache.
type visit struct {
	w     http.ResponseWriter
	r     *http.Request
	plan  *plan.Plan
	id    []string // nil until the request needs one; most hits do not
	start time.Time
	// admitted is true after the rate limits were checked.
	admitted bool
	// callerFault is true when the origin called plan.CallerFault.
	callerFault bool
}

// ServeHTTP answers a GET or HEAD without credentials from memory if it can.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.origin.Handler.ServeHTTP(w, r)
		return
	}
	v := visit{w: w, r: r, start: h.now()}
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

// requestID returns the id that the client gave, or a new one.
func (h *Handler) requestID(v *visit) []string {
	if v.id == nil {
		v.id = response.GivenID(v.r)
	}
	if v.id == nil {
		v.id = h.ids.New()
	}
	return v.id
}

// admits checks the rate limits, once for each request. When it returns false the
// request is answered.
func (h *Handler) admits(v *visit) bool {
	if v.admitted {
		return true
	}
	if v.admitted = h.admit(v.w, v.r); !v.admitted {
		h.finish(v, Refused, 0)
	}
	return v.admitted
}

// finish reports the result of a request.
func (h *Handler) finish(v *visit, result Result, status int) {
	id := ""
	if v.id != nil {
		id = v.id[0]
	}
	h.observe(Event{
		Result: result, ID: id, Method: v.r.Method, Route: v.plan.Route, RouteNumber: v.plan.RouteNumber, Status: status,
		CallerFault: v.callerFault, Took: time.Since(v.start), Request: v.r,
	})
}
