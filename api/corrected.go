package api

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"marquee/api/problem"
	"marquee/cache/plan"
)

// trialTimeout bounds the trial of a corrected request. A search by an expression has
// four times as much, as always.
const trialTimeout = time.Second

// confirm drops the corrected target of a refusal unless that would be answered with 200.
// It performs it, because only the store knows what it meets: unknown ids, a parent that
// does not exist, an expression over its budget.
func (a *API) confirm(c *call, act action, refusal error) error {
	p, ok := errors.AsType[*problem.Problem](refusal)
	if !ok || p.Corrected == "" || a.answers(c, act, p.Corrected) {
		return refusal
	}
	unconfirmed := *p
	unconfirmed.Corrected = ""
	return &unconfirmed
}

// answers reports whether a read with another target would be answered with 200. The
// caller pays what it costs more than the read that was refused.
func (a *API) answers(c *call, act action, target string) bool {
	u, err := url.ParseRequestURI(target)
	if err != nil || c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		return false
	}
	r := c.r.Clone(plan.WithReport(c.r.Context(), &plan.Report{})) // the answer is for nobody
	r.URL = u
	trial := &call{r: r, w: c.w, route: c.route, ids: c.ids, atLeast: c.atLeast, user: c.user, at: a.now(c.r.Context()), timeout: trialTimeout, synonyms: c.synonyms}
	if more := trial.weight() - c.weight(); more > 0 && a.spend(c.w, c.r, c.user, more) != nil {
		return false
	}
	trial.restart()
	defer func() { trial.cancel() }()
	rep, err := act(a, trial)
	return err == nil && rep.status == http.StatusOK
}
