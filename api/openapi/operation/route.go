package operation

import (
	"net/http"
	"slices"
	"strings"

	"marquee/api"
)

// Edits reports whether the route is one at which objects are created, updated or
// deleted.
func Edits(r *api.Route) bool {
	return slices.Contains([]api.Kind{api.ListPath, api.ObjectPath, api.SingularPath, api.EditPath}, r.Kind)
}

// Probes reports whether the route is a probe of the process.
func Probes(r *api.Route) bool { return r.Kind == api.LivePath || r.Kind == api.ReadyPath }

// Cacheable reports whether clients and caches may store what is read at the route.
func Cacheable(r *api.Route) bool { return Edits(r) || r.Kind == api.ChangesPath }

// Headers returns the names of the request headers that an operation reads.
func Headers(r *api.Route, method string) []string {
	var names []string
	switch {
	case method == http.MethodOptions:
		return nil
	case method == http.MethodGet, method == http.MethodHead:
		if Cacheable(r) {
			names = append(names, "If-None-Match")
		}
		if Cacheable(r) || r.Kind == api.HistoryPath {
			names = append(names, "Min-Version")
		}
		if r.Kind == api.ObjectPath && r.Noun.Dated() {
			names = append(names, "If-Modified-Since")
		}
	case method == http.MethodPost && Edits(r):
		names = []string{"Prefer", "Idempotency-Key"}
	case Edits(r), r.Kind == api.RestorePath:
		names = []string{"If-Match", "Prefer"}
	}
	return append(names, "X-Request-Id")
}

// nested reports whether the path names parents of its noun.
func nested(r *api.Route) bool {
	own := 1
	if r.Kind == api.ListPath {
		own = 0
	}
	return len(r.Variables) > own
}

// Refusals returns the statuses of the errors that an operation may answer, in
// ascending order.
func Refusals(r *api.Route, method string) []int {
	statuses := []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestURITooLong,
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
	}
	if strings.Contains(r.Template, "{") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if method != http.MethodGet {
		statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
		statuses = append(statuses, writeRefusals(r, method)...)
	}
	slices.Sort(statuses)
	return statuses
}

// writeRefusals returns the statuses that depend on what is written.
func writeRefusals(r *api.Route, method string) []int {
	const conflict = http.StatusConflict
	switch {
	case method == http.MethodPost && r.Kind == api.GrantsPath && r.Noun == api.App:
		return []int{conflict}
	case method == http.MethodPost && Edits(r):
		return []int{http.StatusInsufficientStorage, conflict, http.StatusUnprocessableEntity}
	case method == http.MethodPut && Edits(r), r.Kind == api.RestorePath:
		return []int{http.StatusInsufficientStorage, conflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired}
	case method == http.MethodDelete && Edits(r):
		statuses := []int{http.StatusPreconditionFailed, http.StatusPreconditionRequired}
		if referenced(r.Noun) || len(r.Noun.Children()) > 0 {
			statuses = append(statuses, conflict)
		}
		return statuses
	}
	return nil
}
