package openapi

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"marquee/api"
)

// order is that of the methods of a path.
var order = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// paths describes every route, aliases last.
func (b *builder) paths(routes []api.Route) object {
	var out object
	slices.SortStableFunc(routes, func(a, b api.Route) int { return cmp.Compare(aliases(&a), aliases(&b)) })
	for i := range routes {
		r := &routes[i]
		var item object
		if variables := b.variables(r); variables != nil {
			item = item.with("parameters", variables)
		}
		methods := r.Methods()
		for _, method := range order {
			if slices.Contains(methods, method) {
				item = item.with(strings.ToLower(method), b.operation(r, method))
			}
		}
		out = out.with(r.Template, item)
	}
	return out
}

// aliases is 1 for a path that only repeats what other paths do, else 0.
func aliases(r *api.Route) int {
	if r.Singular() {
		return 1
	}
	return 0
}

// operation describes what a method does at a route.
func (b *builder) operation(r *api.Route, method string) object {
	d := describe(r, method)
	o := object{{"operationId", d.id}, {"tags", list{d.tag}}, {"summary", d.summary}}
	if d.text != "" {
		o = o.with("description", d.text)
	}
	if d.alias != "" {
		o = o.with("x-alias-of", d.alias)
	}
	var parameters list
	for _, p := range r.Parameters(method) {
		parameters = append(parameters, b.query(r, p))
	}
	parameters = append(parameters, b.takes(taken(r, method)...)...)
	if parameters != nil {
		o = o.with("parameters", parameters)
	}
	switch {
	case method == http.MethodPost && r.Form != nil:
		o = o.with("requestBody", b.body(r.Form, create))
	case method == http.MethodPost && edited(r):
		o = o.with("requestBody", b.body(r.Noun, create))
	case method == http.MethodPut && edited(r):
		o = o.with("requestBody", b.body(r.Noun, update))
	}
	return o.with("responses", b.answers(r, method)).with("security", security(r, method))
}

// edited reports whether the path is one where objects themselves are written.
func edited(r *api.Route) bool {
	return slices.Contains([]api.Kind{api.ListPath, api.ObjectPath, api.SingularPath, api.EditPath}, r.Kind)
}

// security asks for credentials where the API does. Those that are sent are
// checked all the same, but for OPTIONS and probes.
func security(r *api.Route, method string) list {
	token, signature := object{{bearer, list{}}}, object{{signed, list{}}}
	switch {
	case method == http.MethodOptions, probed(r):
		return list{}
	case r.Public(method):
		return list{object{}, token, signature}
	}
	return list{token, signature}
}

// probed reports whether the path is for probes, which ask about the process.
func probed(r *api.Route) bool { return r.Kind == api.LivePath || r.Kind == api.ReadyPath }

// taken names the request headers of an operation.
func taken(r *api.Route, method string) []string {
	var names []string
	switch {
	case method == http.MethodOptions:
		return nil
	case reads(method):
		if kept(r) {
			names = append(names, "If-None-Match")
		}
		if kept(r) || r.Kind == api.HistoryPath {
			names = append(names, "Min-Version")
		}
		if r.Kind == api.ObjectPath && r.Noun.Dated() {
			names = append(names, "If-Modified-Since")
		}
	case method == http.MethodPost && edited(r):
		names = []string{"Prefer", "Idempotency-Key"}
	case conditional(r):
		names = []string{"If-Match", "Prefer"}
	}
	return append(names, "X-Request-Id")
}

func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// kept reports whether clients and caches may keep what is read at the path.
func kept(r *api.Route) bool { return edited(r) || r.Kind == api.ChangesPath }

// conditional reports whether writes at the path heed If-Match and Prefer.
func conditional(r *api.Route) bool { return edited(r) || r.Kind == api.RestorePath }

// nested reports whether the path names parents of what it is about.
func nested(r *api.Route) bool {
	own := 1
	if r.Kind == api.ListPath {
		own = 0
	}
	return len(r.Variables) > own
}
