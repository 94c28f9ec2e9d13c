package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"marquee/api/known"
	"marquee/api/oauth1"
	"marquee/api/oauth1/flow"
	"marquee/api/problem"
	"marquee/api/route"
)

// step is one of the three steps in which a user grants an app access (RFC 5849,
// section 2). It either writes an answer or returns an error.
type step func(w http.ResponseWriter, r *http.Request) error

// oauthRoutes registers the steps. The table of routes does not have them, because
// they use the forms and pages of OAuth 1.0, not the envelope.
func (a *API) oauthRoutes(router *mux.Router) {
	if a.config.Flow == nil {
		return
	}
	for path, steps := range map[string]map[string]step{
		flow.RequestTokenPath: {http.MethodPost: a.config.Flow.Initiate},
		flow.AuthorizePath:    {http.MethodGet: a.config.Flow.Ask, http.MethodHead: a.config.Flow.Ask, http.MethodPost: a.config.Flow.Decide},
		flow.AccessTokenPath:  {http.MethodPost: a.config.Flow.Exchange},
	} {
		router.Handle(path, a.oauthSteps(path, steps))
	}
}

// oauthSteps returns the handler of one path.
func (a *API) oauthSteps(path string, steps map[string]step) http.Handler {
	methods := []string{http.MethodOptions}
	for method := range steps {
		methods = append(methods, method)
	}
	slices.Sort(methods)
	allow := strings.Join(methods, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		traceOf(r).template = path
		if r.Method == http.MethodOptions {
			preflight(w, allow)
			return
		}
		do := steps[r.Method]
		if do == nil {
			a.fail(w, r, methodNotAllowed(&route.Route{}, r.Method, allow))
			return
		}
		if err := a.takeStep(w, r, do); err != nil {
			a.fail(w, r, a.explain(r.Context(), &call{r: r, ctx: r.Context()}, err))
		}
	})
}

// takeStep charges a step to its address with the cost of a write, because no user is
// known yet. It also charges refused credentials: secrets, verifiers and bearer tokens
// can be guessed here too.
func (a *API) takeStep(w http.ResponseWriter, r *http.Request, do step) error {
	var k known.Key
	if m, err := a.open(r); oauth1.HasSignature(r) && err == nil {
		k = keyOf(m)
	}
	if err := a.admitCredentials(w, r, k); err != nil {
		return err
	}
	if err := a.spend(w, r, nil, writeWeight); err != nil {
		return err
	}
	if err := do(w, r); err != nil {
		return a.chargeFailure(w, r, k, err)
	}
	if k != (known.Key{}) {
		a.good.Add(k)
	}
	if traceOf(r).status == http.StatusForbidden { // the page was written already
		_ = a.chargeFailure(w, r, k, problem.New(problem.Forbidden, "the bearer token is not known"))
	}
	return nil
}
