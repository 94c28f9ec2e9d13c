package api

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"marquee/api/route"
)

// action answers a request that was routed, authenticated and authorized.
type action func(*API, *call) (*reply, error)

// endpoint is the handler of a route.
type endpoint struct {
	api   *API
	route *route.Route
	allow string
	// actions are the actions of the methods without HEAD and OPTIONS.
	actions map[string]action
}

func (a *API) endpoint(rt *route.Route) *endpoint {
	e := &endpoint{api: a, route: rt, allow: strings.Join(rt.Methods(), ", "), actions: map[string]action{}}
	for _, method := range rt.Methods() {
		if act := actions[operation{rt.Kind, rt.Grant, method}]; act != nil {
			e.actions[method] = act
		}
	}
	return e
}

// action returns the action of a method, nil without one.
func (e *endpoint) action(method string) action {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return e.actions[method]
}

// ServeHTTP answers one request.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	traceOf(r).template = e.route.Template
	if r.Method == http.MethodOptions {
		preflight(w, e.allow)
		return
	}
	a, act := e.api, e.action(r.Method)
	if act == nil {
		a.fail(w, r, methodNotAllowed(e.route, r.Method, e.allow))
		return
	}
	c := &call{r: r, w: w, route: e.route, timeout: a.config.QueryTimeout, synonyms: a.config.Synonyms}
	c.restart()
	defer func() { c.cancel() }()
	rep, err := a.perform(c, act)
	if err == nil {
		rep, err = conditional(r, rep)
	}
	if err == nil {
		err = rep.begin(r)
	}
	if err != nil {
		a.fail(w, r, a.explain(r.Context(), c, a.confirm(c, act, err)))
	} else {
		send(w, r, rep)
	}
}

// perform runs the checks that all actions share, then the action. The order reveals
// the least to outsiders: the path, then the credentials, then the rest.
func (a *API) perform(c *call, act action) (*reply, error) {
	if err := c.parseIDs(mux.Vars(c.r)); err != nil {
		return nil, err
	}
	if c.route.Kind == route.Live || c.route.Kind == route.Ready { // probes must not need the token store
		return act(a, c)
	}
	user, err := a.authenticate(c)
	if err != nil {
		return nil, err
	}
	c.user, c.at = user, a.now(c.r.Context())
	if err := a.authorize(user, c.route.Access(c.r.Method)); err != nil {
		return nil, err
	}
	if err := c.refuseHeaders(); err != nil {
		return nil, err
	}
	if err := a.awaitVersion(c); err != nil {
		return nil, err
	}
	return act(a, c)
}
