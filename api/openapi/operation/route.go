package operation

import (
	"marquee/api/route"
	"net/http"
	"slices"
	"strings"
)

// Edits reports whether the route is one at which objects are created, updated or
// deleted.
func Edits(r *route.Route) bool {
	return slices.Contains([]route.Kind{route.List, route.Object, route.Singular, route.Edit}, r.Kind)
}

// Probes reports whether the route is a probe of the process.
func Probes(r *route.Route) bool { return r.Kind == route.Live || r.Kind == route.Ready }

// Cacheable reports whether clients and caches may store answers of the route.
func Cacheable(r *route.Route) bool {
	return Edits(r) || r.Kind == route.Films || r.Kind == route.Suggest || r.Kind == route.Changes
}

// Headers returns the names of the request headers that an operation reads.
func Headers(r *route.Route, method string) []string {
	var names []string
	switch {
	case method == http.MethodOptions:
		return nil
	case method == http.MethodGet, method == http.MethodHead:
		if Cacheable(r) {
			names = append(names, "If-Match", "If-None-Match")
		}
		if Cacheable(r) || r.Kind == route.History {
			names = append(names, "Min-Version")
		}
		if r.Kind == route.Changes {
			names = append(names, "Last-Event-ID")
		}
		if r.Kind == route.Object && r.Noun.Dated() {
			names = append(names, "If-Modified-Since", "If-Unmodified-Since")
		}
	case method == http.MethodPost && Edits(r):
		names = []string{"Prefer", "Idempotency-Key"}
	case r.Kind == route.Bulk:
		names = []string{"Idempotency-Key"}
	case Edits(r), r.Kind == route.Restore:
		names = []string{"If-Match", "If-None-Match", "Prefer"}
		if r.Noun.Field("modified") != nil {
			names = append(names, "If-Unmodified-Since")
		}
	}
	return append(names, "X-Request-Id")
}

// nested reports whether the path names parents of its noun.
func nested(r *route.Route) bool {
	own := 1
	if r.Kind == route.List {
		own = 0
	}
	return len(r.Variables) > own
}

// Refusals returns the statuses of the errors that an operation may answer, in
// ascending order.
func Refusals(r *route.Route, method string) []int {
	statuses := []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestURITooLong,
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
	}
	if strings.Contains(r.Template, "{") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if method == http.MethodGet && Cacheable(r) {
		statuses = append(statuses, http.StatusPreconditionFailed)
	}
	if method != http.MethodGet {
		statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
		statuses = append(statuses, writeRefusals(r, method)...)
	}
	slices.Sort(statuses)
	return statuses
}

// writeRefusals returns the statuses with which a write at the route may be refused,
// besides the ones of every write.
func writeRefusals(r *route.Route, method string) []int {
	const conflict = http.StatusConflict
	switch {
	case method == http.MethodPost && r.Kind == route.Grants && r.Grant == route.App:
		return []int{conflict}
	case r.Kind == route.Bulk:
		return []int{http.StatusNotFound, conflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusPreconditionRequired, http.StatusInsufficientStorage}
	case method == http.MethodPost && Edits(r):
		return []int{http.StatusInsufficientStorage, conflict, http.StatusUnprocessableEntity}
	case method == http.MethodPut && Edits(r), r.Kind == route.Restore:
		return []int{http.StatusInsufficientStorage, conflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired}
	case method == http.MethodDelete && Edits(r):
		statuses := []int{http.StatusPreconditionFailed, http.StatusPreconditionRequired}
		if len(r.Noun.Referrers()) > 0 || len(r.Noun.Children()) > 0 {
			statuses = append(statuses, conflict)
		}
		return statuses
	}
	return nil
}
