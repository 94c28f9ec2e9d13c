package document

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"marquee/api/openapi/operation"
	"marquee/api/openapi/schema"
	"marquee/api/route"
)

// methodOrder is the order of the methods of a path.
var methodOrder = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// paths describes every route, aliases last.
func (b *builder) paths(routes []route.Route) object {
	var out object
	slices.SortStableFunc(routes, func(a, b route.Route) int { return cmp.Compare(aliases(&a), aliases(&b)) })
	for i := range routes {
		r := &routes[i]
		var item object
		if variables := b.variables(r); variables != nil {
			item = item.With("parameters", variables)
		}
		methods := r.Methods()
		for _, method := range methodOrder {
			if slices.Contains(methods, method) {
				item = item.With(strings.ToLower(method), b.operation(r, method))
			}
		}
		out = out.With(r.Template, item)
	}
	return out
}

// aliases returns 1 for a path whose operations are all aliases, else 0.
func aliases(r *route.Route) int {
	if r.Singular() {
		return 1
	}
	return 0
}

// operation describes a method at a route.
func (b *builder) operation(r *route.Route, method string) object {
	d := operation.Describe(r, method)
	o := object{{"operationId", d.ID}, {"tags", list{d.Tag}}, {"summary", d.Summary}}
	if d.Text != "" {
		o = o.With("description", d.Text)
	}
	if d.Alias != "" {
		o = o.With("x-alias-of", d.Alias)
	}
	var parameters list
	for _, p := range r.Parameters(method) {
		parameters = append(parameters, b.query(r, p))
	}
	parameters = append(parameters, b.takes(operation.Headers(r, method)...)...)
	if parameters != nil {
		o = o.With("parameters", parameters)
	}
	switch {
	case method == http.MethodPost && r.Form != nil:
		o = o.With("requestBody", b.form(r.Form))
	case method == http.MethodPost && r.Kind == route.Bulk:
		o = o.With("requestBody", b.lines())
	case method == http.MethodPost && operation.Edits(r):
		o = o.With("requestBody", b.write(r.Noun, schema.Create))
	case method == http.MethodPut && operation.Edits(r):
		o = o.With("requestBody", b.write(r.Noun, schema.Update))
	}
	return o.With("responses", b.replies.Replies(r, method)).With("security", security(r, method))
}

// security returns the credentials that an operation accepts. An empty object stands
// for no credentials; the API checks credentials that are sent to such an operation.
// An empty list means that credentials are ignored.
func security(r *route.Route, method string) list {
	token, signature := object{{bearer, list{}}}, object{{signed, list{}}}
	switch {
	case method == http.MethodOptions, operation.Probes(r):
		return list{}
	case r.Public(method):
		return list{object{}, token, signature}
	}
	return list{token, signature}
}
