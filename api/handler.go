package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"marquee/api/problem"
	"marquee/cache/plan"
	"marquee/storage"
	"marquee/storage/credential"
)

// action answers one request that was routed, allowed and authenticated.
type action func(*API, *call) (*reply, error)

// call is a request on its way through its action.
type call struct {
	r     *http.Request
	w     http.ResponseWriter
	route *Route
	// ids are those that the path names, outermost first.
	ids []string
	// atLeast is the version that Min-Version asks for, 0 when it does not.
	atLeast int64
	// user is who asks, nil for the public.
	user *credential.User
	// ctx carries the deadline of the store's part.
	ctx     context.Context
	cancel  context.CancelFunc
	timeout time.Duration
}

// id is the id of the object that the path names.
func (c *call) id() string { return c.ids[len(c.ids)-1] }

// parents are the ids of the objects that the path nests the noun in, nil when
// it does not.
func (c *call) parents() []string {
	if n := c.route.parents(); n > 0 {
		return c.ids[:n]
	}
	return nil
}

// path is the normalised path of the request.
func (c *call) path() string { return c.r.URL.EscapedPath() }

// query is the query string of the request, as sent.
func (c *call) query() string { return c.r.URL.RawQuery }

// restart gives the store its full time again, after a body was read at the
// client's pace.
func (c *call) restart() {
	if c.cancel != nil {
		c.cancel()
	}
	c.ctx, c.cancel = context.WithTimeout(c.r.Context(), c.timeout)
}

// reply is an answer that is complete before its status is written.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// endpoint adapts a route's actions to net/http.
type endpoint struct {
	api   *API
	route *Route
	allow string
}

func (a *API) endpoint(route *Route) *endpoint {
	return &endpoint{api: a, route: route, allow: strings.Join(route.Methods(), ", ")}
}

// ServeHTTP performs what the method does.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	traceOf(r).template = e.route.Template
	if r.Method == http.MethodOptions {
		preflight(w, e.allow)
		return
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	a, act := e.api, e.route.actions[method]
	if act == nil {
		a.fail(w, r, methodNotAllowed(e.route, r.Method, e.allow))
		return
	}
	c := &call{r: r, w: w, route: e.route, timeout: a.timeout}
	c.restart()
	defer func() { c.cancel() }()
	if rep, err := a.perform(c, act); err != nil {
		a.fail(w, r, a.explain(r.Context(), c, err))
	} else {
		a.send(w, r, rep)
	}
}

// perform checks what concerns every action, in the order that tells outsiders
// least: path, then credentials, then the rest.
func (a *API) perform(c *call, act action) (*reply, error) {
	if err := c.readIDs(mux.Vars(c.r)); err != nil {
		return nil, err
	}
	if c.route.Kind == LivePath || c.route.Kind == ReadyPath { // probes ask nothing of a token store
		return act(a, c)
	}
	user, err := a.authenticate(c)
	if err != nil {
		return nil, err
	}
	c.user = user
	if err := a.authorize(user, c.needs()); err != nil {
		return nil, err
	}
	if err := c.refuseUnheeded(); err != nil {
		return nil, err
	}
	if err := a.awaitVersion(c); err != nil {
		return nil, err
	}
	return act(a, c)
}

// readIDs takes the ids out of the variables of the path. One of a wrong form
// cannot exist.
func (c *call) readIDs(vars map[string]string) error {
	for _, n := range c.route.Variables {
		id, err := url.PathUnescape(vars[n.IDName()])
		if err != nil || !n.ValidID(id) {
			return problem.NotFoundf("there is no %s %q: an id is %s", n.Name, storage.Excerpt(id), n.IDForm())
		}
		c.ids = append(c.ids, id)
	}
	return nil
}

// send is the one place where answers are written. A cache in front takes the body
// of a HEAD too: a GET may be answered in another form, whose headers it makes.
func (a *API) send(w http.ResponseWriter, r *http.Request, rep *reply) {
	header := w.Header()
	for name, values := range rep.header {
		header[name] = values
	}
	if rep.body != nil && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	if rep.status != http.StatusNoContent && rep.status != http.StatusNotModified {
		header.Set("Content-Length", strconv.Itoa(len(rep.body)))
	}
	w.WriteHeader(rep.status)
	if wanted := r.Method != http.MethodHead || plan.FromCache(r.Context()); wanted && len(rep.body) > 0 {
		_, _ = w.Write(rep.body) // a client that is gone needs no answer
	}
}

// explain turns an error into the problem that the client is told, nil when
// there is no client any more. A deadline is a problem of ours that passes. The
// server takes a client whose body does not come in time for one that left; it
// is told, since nothing written would be a 200.
func (a *API) explain(ctx context.Context, c *call, err error) *problem.Problem {
	p, known := errors.AsType[*problem.Problem](err)
	switch {
	case known && !p.ServerFault():
		return p
	case errors.Is(ctx.Err(), context.Canceled):
		a.logger.LogAttrs(ctx, slog.LevelDebug, "client left", slog.String("request_id", traceOf(c.r).id), slog.Any("err", err))
		return nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(c.ctx.Err(), context.DeadlineExceeded):
		p := problem.New(problem.Unavailable, "the answer took longer than %s; try again", a.timeout)
		p.Cause = err
		return p
	}
	return problem.From(err)
}

// fail writes a problem and logs the cause of those that are ours. A nil
// problem means that nobody is left to read it.
func (a *API) fail(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	t := traceOf(r)
	if p == nil {
		t.status = statusClientGone
		return
	}
	t.refusal = refusal(p)
	if t.theirs = !p.ServerFault() && p.Status >= http.StatusInternalServerError; t.theirs {
		plan.CallerFault(r.Context())
	}
	if p.ServerFault() {
		a.logger.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("request_id", t.id),
			slog.String("method", r.Method), slog.String("route", t.template), slog.Int("status", p.Status), slog.Any("err", p))
	}
	a.refuse(w, r, p, t.id)
}

// Unavailable answers what is in front of the API and has no answer itself: too
// many wait. It says so without a line in the log for each, which would be one
// more thing to do under load.
func (a *API) Unavailable() http.Handler {
	return allowOrigins(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, r, problem.New(problem.Unavailable, "too many requests are waiting for an answer; try again"), w.Header().Get("X-Request-Id"))
	}))
}

// refuse writes a problem.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, p *problem.Problem, requestID string) {
	rep := &reply{status: p.Status, body: p.Encode(requestID), header: http.Header{
		"Content-Type":  {"application/problem+json"},
		"Cache-Control": {problemLifetime(p, r)},
	}}
	for name, values := range p.Header {
		rep.header[name] = values
	}
	a.send(w, r, rep)
}
