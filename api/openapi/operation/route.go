package operation

import (
	"net/http"
	"slices"
	"strings"

	"marquee/api"
)

// Edits reports whether the path is one where objects themselves are written.
func Edits(r *api.Route) bool {
	return slices.Contains([]api.Kind{api.ListPath, api.ObjectPath, api.SingularPath, api.EditPath}, r.Kind)
}

// Probes reports whether the path is for probes, which ask about the process.
func Probes(r *api.Route) bool { return r.Kind == api.LivePath || r.Kind == api.ReadyPath }

// Headers names the request headers of an operation.
func Headers(r *api.Route, method string) []string {
	var names []string
	switch {
	case method == http.MethodOptions:
		return nil
	case reads(method):
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
	case Conditional(r):
		names = []string{"If-Match", "Prefer"}
	}
	return append(names, "X-Request-Id")
}

func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// Cacheable reports whether clients and caches may keep what is read at the path.
func Cacheable(r *api.Route) bool { return Edits(r) || r.Kind == api.ChangesPath }

// Conditional reports whether writes at the path heed If-Match and Prefer.
func Conditional(r *api.Route) bool { return Edits(r) || r.Kind == api.RestorePath }

// nested reports whether the path names parents of what it is about.
func nested(r *api.Route) bool {
	own := 1
	if r.Kind == api.ListPath {
		own = 0
	}
	return len(r.Variables) > own
}

// Refusals are the errors of an operation.
func Refusals(r *api.Route, method string) []int {
	const (
		badRequest = http.StatusBadRequest
		tooLarge   = http.StatusRequestEntityTooLarge
		tooLong    = http.StatusRequestURITooLong
		badType    = http.StatusUnsupportedMediaType
		precond    = http.StatusPreconditionFailed
		required   = http.StatusPreconditionRequired
		quota      = http.StatusInsufficientStorage
	)
	has := map[int]bool{badRequest: true, tooLong: true, http.StatusNotFound: strings.Contains(r.Template, "{")}
	if method != http.MethodGet {
		has[tooLarge], has[badType] = true, true
	}
	switch {
	case method == http.MethodPost && r.Kind == api.GrantsPath:
		has[http.StatusConflict] = r.Noun == api.App
	case method == http.MethodPost && Edits(r):
		has[quota], has[http.StatusConflict], has[http.StatusUnprocessableEntity] = true, true, true
	case method == http.MethodPut && Edits(r), r.Kind == api.RestorePath:
		has[quota], has[http.StatusConflict], has[precond], has[required] = true, true, true, true
	case method == http.MethodDelete && Edits(r):
		has[precond], has[required] = true, true
		has[http.StatusConflict] = referenced(r.Noun) || len(r.Noun.Children()) > 0
	}
	for _, always := range []int{401, 403, 429, 500, 503} {
		has[always] = true
	}
	var statuses []int
	for status := badRequest; status < 600; status++ {
		if has[status] {
			statuses = append(statuses, status)
		}
	}
	return statuses
}
