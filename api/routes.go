package api

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/storage"
)

// Base is the path under which version 2.0 of the API stands.
const Base = "/2.0"

// Kind says what stands at a path.
type Kind int

// The kinds of path.
const (
	ListPath     Kind = iota // the objects of a noun, all or those of one parent
	ObjectPath               // one object
	SingularPath             // the singular word: only creates
	EditPath                 // the singular word with an id: only changes and deletes
	ChangesPath              // the log of changes
	VotePath                 // what a user thinks of an object
	ViewsPath                // the views of an object
	HistoryPath              // what was done to an object
	RestorePath              // an earlier state of an object
	GrantsPath               // apps or tokens, all
	GrantPath                // one app or token
	RotatePath               // the secrets of one app or token
	LivePath                 // whether the process runs
	ReadyPath                // whether requests can be answered
)

// Route is a row of the table of routes: a path and what each method does
// there. Routing, Allow, OPTIONS, HEAD and the OpenAPI document all read it.
type Route struct {
	// Number is where the route stands in the table, from 0.
	Number int
	// Template is the path; its variables are named for the nouns whose ids
	// they are: /2.0/series/{serie_id}/seasons.
	Template string
	Kind     Kind
	// Noun is what the path reads and writes, nil for paths about the server.
	Noun *storage.Noun
	// Form describes the object in the body of a POST, nil where there is none;
	// its name is the member that holds it.
	Form *storage.Noun
	// Variables are the nouns whose ids the path names, outermost first.
	Variables []*storage.Noun

	actions map[string]action
}

// Methods lists the allowed methods, sorted: HEAD stands wherever GET does,
// OPTIONS everywhere.
func (r *Route) Methods() []string {
	methods := append(slices.Collect(maps.Keys(r.actions)), http.MethodOptions)
	if r.actions[http.MethodGet] != nil {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return methods
}

// Parameters lists the query parameters that the method takes at this path, in
// the order in which meta shows them.
func (r *Route) Parameters(method string) []param.Parameter {
	switch {
	case method == http.MethodHead:
		return r.Parameters(http.MethodGet)
	case r.actions[method] == nil:
		return nil
	case method == http.MethodGet && r.Kind == ListPath:
		return param.OfList(r.Noun)
	case method == http.MethodGet && r.Kind == ObjectPath:
		return param.OfObject(r.Noun)
	case method == http.MethodGet && r.Kind == ChangesPath:
		return param.OfChanges()
	case method == http.MethodGet && r.Kind == HistoryPath:
		return param.OfHistory()
	case method == http.MethodGet && r.Kind == GrantsPath:
		return param.OfPage()
	case method == http.MethodDelete && (r.Kind == ObjectPath || r.Kind == EditPath):
		return param.OfDeletion(r.Noun)
	}
	return nil
}

// access is what a method asks of who wants it. Reading is public and writing is
// for editors, where the kind of path says nothing else: a view tells nothing of
// whose it is, and a vote is no edit.
func (r *Route) access(method string) access {
	switch r.Kind {
	case ViewsPath:
		return forEverybody
	case VotePath:
		return forUsers
	case HistoryPath: // it names who wrote
		return forEditors
	case GrantsPath, GrantPath, RotatePath:
		if r.Noun == Token && method != http.MethodPost { // what may act for them
			return forThemselves
		}
		return forAdmins
	}
	if method == http.MethodGet || method == http.MethodHead {
		return forEverybody
	}
	return forEditors
}

// Public reports whether the method asks for no credentials at this path.
func (r *Route) Public(method string) bool { return r.access(method) == forEverybody }

// Singular reports whether the path begins with the singular word of its noun: it
// repeats what can be done below the plural one.
func (r *Route) Singular() bool {
	return r.Noun != nil && strings.HasPrefix(r.Template+"/", Base+"/"+r.Noun.Name+"/")
}

// parents are the nouns of a nested path that the noun is part of.
func (r *Route) parents() int {
	if r.Kind == ListPath {
		return len(r.Variables)
	}
	return max(0, len(r.Variables)-1)
}

// Routes is the table of routes. A noun that is described in package storage
// has its routes by that.
func Routes() []Route {
	var routes []Route
	for _, n := range storage.Nouns {
		routes = append(routes, nounRoutes(n)...)
		routes = append(routes, counterRoutes(n)...)
		routes = append(routes, historyRoutes(n)...)
	}
	routes = append(routes, grantRoutes()...)
	routes = append(routes,
		Route{Template: Base + "/changes", Kind: ChangesPath, actions: map[string]action{http.MethodGet: (*API).changes}},
		Route{Template: "/livez", Kind: LivePath, actions: map[string]action{http.MethodGet: (*API).live}},
		Route{Template: "/readyz", Kind: ReadyPath, actions: map[string]action{http.MethodGet: (*API).ready}},
	)
	for i := range routes {
		routes[i].Number = i
	}
	return routes
}

// What methods do at the paths of a noun.
var (
	reads   = map[string]action{http.MethodGet: (*API).list}
	read    = map[string]action{http.MethodGet: (*API).get}
	creates = map[string]action{http.MethodPost: (*API).create}
	edits   = map[string]action{http.MethodPut: (*API).update, http.MethodDelete: (*API).remove}
)

// collections are the paths of a noun's lists: all objects, and for parts those
// of one parent.
func collections(n *storage.Noun) (plural, nested string) {
	plural = Base + "/" + n.Plural
	if n.Parent() == nil {
		return plural, ""
	}
	nested = Base
	for _, p := range n.Parents {
		nested += "/" + p.Plural + "/{" + p.IDName() + "}"
	}
	return plural, nested + "/" + n.Plural
}

func nounRoutes(n *storage.Noun) []Route {
	id := "/{" + n.IDName() + "}"
	plural, nested := collections(n)
	singular := Base + "/" + n.Name
	own := []*storage.Noun{n}
	routes := []Route{
		{Template: singular, Kind: SingularPath, Noun: n, actions: creates},
		{Template: singular + id, Kind: EditPath, Noun: n, Variables: own, actions: edits},
	}
	if nested == "" {
		return append(routes,
			Route{Template: plural, Kind: ListPath, Noun: n, actions: both(reads, creates)},
			Route{Template: plural + id, Kind: ObjectPath, Noun: n, Variables: own, actions: both(read, edits)})
	}
	return append(routes,
		Route{Template: plural, Kind: ListPath, Noun: n, actions: reads},
		Route{Template: plural + id, Kind: ObjectPath, Noun: n, Variables: own, actions: read},
		Route{Template: nested, Kind: ListPath, Noun: n, Variables: n.Parents, actions: both(reads, creates)},
		Route{Template: nested + id, Kind: ObjectPath, Noun: n, Variables: slices.Concat(n.Parents, own), actions: both(read, edits)})
}

func both(a, b map[string]action) map[string]action {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// newRouter registers the routes with mux. Methods are not mux's matter: it
// answers a wrong one without Allow and outside the middleware.
func (a *API) newRouter(routes []Route) *mux.Router {
	router := mux.NewRouter().SkipClean(true).UseEncodedPath()
	for _, route := range routes {
		router.Handle(route.Template, a.endpoint(&route))
	}
	a.oauthRoutes(router)
	router.NotFoundHandler = http.HandlerFunc(a.unknownPath)
	return router
}

// normalPath rewrites the path's percent-encoding so that spellings which mean
// the same (RFC 3986, section 6.2.2) are routed the same, and an encoded slash
// stays part of its segment.
func normalPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, normalised(r)) })
}

// normalised is the request with its path in the normal form.
func normalised(r *http.Request) *http.Request {
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

// unknownPath answers 404, with a hint where a slash at the end or the base at
// the beginning is the only fault.
func (a *API) unknownPath(w http.ResponseWriter, r *http.Request) {
	p := problem.NotFoundf("there is nothing at this path")
	path := r.URL.EscapedPath()
	meant := strings.TrimRight(path, "/")
	if !strings.HasPrefix(meant, Base) {
		meant = Base + meant
	}
	if meant != path && a.known(r, meant) {
		p.Detail += "; did you mean " + meant + "?"
	}
	a.fail(w, r, p)
}

// known reports whether a route stands at the path.
func (a *API) known(r *http.Request, path string) bool {
	plain, err := url.PathUnescape(path)
	if err != nil {
		return false
	}
	var match mux.RouteMatch
	other := &http.Request{Method: r.Method, URL: &url.URL{Path: plain, RawPath: path}}
	return a.router.Match(other, &match) && match.MatchErr == nil
}

// methodNotAllowed says which methods are.
func methodNotAllowed(route *Route, method, allow string) *problem.Problem {
	p := problem.New(problem.MethodNotAllowed, "%s is not possible here; allowed: %s", storage.Excerpt(method), allow)
	if route.Kind == SingularPath || route.Kind == EditPath {
		p.Detail += fmt.Sprintf(" (read %s from %s/%s)", route.Noun.Plural, Base, route.Noun.Plural)
	}
	p.Header = http.Header{"Allow": {allow}}
	return p
}
