package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"marquee/api/problem"
	"marquee/api/route"
	"marquee/storage"
)

// operation is a method at a kind of path. grant is nil but for paths of apps and
// tokens.
type operation struct {
	kind   route.Kind
	grant  *route.Credential
	method string
}

// actions are what the operations do.
var actions = map[operation]action{
	{route.List, nil, http.MethodGet}:      (*API).list,
	{route.List, nil, http.MethodPost}:     (*API).create,
	{route.Object, nil, http.MethodGet}:    (*API).get,
	{route.Object, nil, http.MethodPut}:    (*API).update,
	{route.Object, nil, http.MethodDelete}: (*API).remove,
	{route.Singular, nil, http.MethodPost}: (*API).create,
	{route.Edit, nil, http.MethodPut}:      (*API).update,
	{route.Edit, nil, http.MethodDelete}:   (*API).remove,
	{route.Films, nil, http.MethodGet}:     (*API).films,
	{route.Prospect, nil, http.MethodGet}:  (*API).prospect,
	{route.Suggest, nil, http.MethodGet}:   (*API).suggest,
	{route.Changes, nil, http.MethodGet}:   (*API).changes,
	{route.Bulk, nil, http.MethodPost}:     (*API).bulk,
	{route.Vote, nil, http.MethodPut}:      (*API).vote,
	{route.Vote, nil, http.MethodDelete}:   (*API).vote,
	{route.Views, nil, http.MethodPost}:    (*API).view,
	{route.History, nil, http.MethodGet}:   (*API).history,
	{route.Restore, nil, http.MethodPost}:  (*API).restore,

	{route.Grants, route.App, http.MethodGet}:     (*API).listApps,
	{route.Grants, route.App, http.MethodPost}:    (*API).createApp,
	{route.Grant, route.App, http.MethodDelete}:   (*API).revokeApp,
	{route.Rotate, route.App, http.MethodPost}:    (*API).rotateApp,
	{route.Grants, route.Token, http.MethodGet}:   (*API).listTokens,
	{route.Grants, route.Token, http.MethodPost}:  (*API).createToken,
	{route.Grant, route.Token, http.MethodDelete}: (*API).revokeToken,
	{route.Rotate, route.Token, http.MethodPost}:  (*API).rotateToken,

	{route.Live, nil, http.MethodGet}:  (*API).live,
	{route.Ready, nil, http.MethodGet}: (*API).ready,
}

// newRouter registers the paths with mux. The endpoint checks the method, because mux
// answers a wrong one without Allow and outside of the middleware.
func (a *API) newRouter(routes []route.Route) *mux.Router {
	router := mux.NewRouter().SkipClean(true).UseEncodedPath()
	for _, rt := range routes {
		router.Handle(rt.Template, a.endpoint(&rt))
	}
	a.oauthRoutes(router)
	router.NotFoundHandler = http.HandlerFunc(a.unknownPath)
	return router
}

// normalPath normalizes the percent-encoding of the path (RFC 3986, section 6.2.2), so
// that all spellings have one route. An encoded slash remains part of its segment.
func normalPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, normalized(r)) })
}

// normalized returns the request with a normal path.
func normalized(r *http.Request) *http.Request {
	escaped := r.URL.EscapedPath()
	if !strings.Contains(escaped, "%") {
		return r
	}
	segments := strings.Split(escaped, "/")
	for i, s := range segments {
		if plain, err := url.PathUnescape(s); err == nil {
			segments[i] = url.PathEscape(plain)
		}
	}
	u := *r.URL
	u.RawPath = strings.Join(segments, "/")
	r = r.Clone(r.Context())
	r.URL = &u
	return r
}

// unknownPath answers 404. It suggests the path without a slash at its end, or with the
// base at its beginning, if that exists.
func (a *API) unknownPath(w http.ResponseWriter, r *http.Request) {
	p := problem.NotFoundf("there is nothing at this path")
	path := r.URL.EscapedPath()
	suggestion := strings.TrimRight(path, "/")
	if !strings.HasPrefix(suggestion, route.Base) {
		suggestion = route.Base + suggestion
	}
	if suggestion != path && a.known(r, suggestion) {
		p.Detail += "; did you mean " + suggestion + "?"
	}
	a.fail(w, r, p)
}

// known reports whether a path has a route.
func (a *API) known(r *http.Request, path string) bool {
	plain, err := url.PathUnescape(path)
	if err != nil {
		return false
	}
	var match mux.RouteMatch
	other := &http.Request{Method: r.Method, URL: &url.URL{Path: plain, RawPath: path}}
	return a.router.Match(other, &match) && match.MatchErr == nil
}

// methodNotAllowed returns a 405 with the allowed methods.
func methodNotAllowed(rt *route.Route, method, allow string) *problem.Problem {
	p := problem.New(problem.MethodNotAllowed, "%s is not possible here; allowed: %s", storage.Excerpt(method), allow)
	if rt.Kind == route.Singular || rt.Kind == route.Edit {
		p.Detail += fmt.Sprintf(" (read %s from %s/%s)", rt.Noun.Plural, route.Base, rt.Noun.Plural)
	}
	p.Header = http.Header{"Allow": {allow}}
	return p
}
