package cache

import (
	"context"
	"net/http"

	"marquee/cache/plan"
)

// direct is how a request goes to the origin by itself.
type direct struct {
	gate   *gate
	id     []string
	status status
	// store keeps the answer for others, if the origin described it.
	store bool
}

// direct asks the origin for one client.
func (h *Handler) direct(v *visit, r *http.Request, d direct) {
	if !h.admit(v.w, v.r) {
		h.finished(v, Refused, 0)
		return
	}
	if err := d.gate.enter(v.r.Context()); err != nil {
		h.unanswered(v, d, err)
		return
	}
	asked, counted := h.now().UnixNano(), h.places()
	w, about, err := h.pass(v, r, d)
	v.callerFault = about.CallerFault
	switch {
	case w.streaming:
		h.finished(v, Bypassed, w.status)
		return
	case err != nil && w.status == 0: // nothing was written because nobody waits, or for want of time
		h.unanswered(v, d, err)
		return
	}
	p := w.response()
	a := reply{response: p, status: d.status, age: notAged}
	if about.Described && err == nil {
		h.health[about.Source].answers()
	}
	if d.store && about.Described && err == nil && w.whole() && p.storable() {
		e := newEntry(v.plan.Target, p, about.Description, asked, counted[about.Source])
		h.memory.set(e)
		h.share(e, nil)
		a.status.stored = true
	}
	sent, _ := respond(v.w, v.r, a)
	h.finished(v, Bypassed, sent)
}

// unanswered ends a request that the origin has no answer for: its client left,
// or is told to try again.
func (h *Handler) unanswered(v *visit, d direct, err error) {
	if v.r.Context().Err() != nil {
		h.left(v)
		return
	}
	h.noAnswer(v, d.id, d.status, err)
}

// pass lets the origin answer into a recorder, from which an answer that is too
// large streams on. The place is given back also when the origin panics. The
// error is that of the request's time or client.
func (h *Handler) pass(v *visit, r *http.Request, d direct) (*recorder, *plan.Report, error) {
	defer d.gate.leave()
	ctx, cancel := context.WithTimeout(r.Context(), originTimeout)
	defer cancel()
	about := &plan.Report{}
	w := &recorder{header: http.Header{}, stream: v.w}
	v.w.Header()[statusHeader] = []string{string(d.status.append(nil))}
	h.next.ServeHTTP(w, r.WithContext(plan.WithReport(ctx, about)))
	return w, about, ctx.Err()
}
