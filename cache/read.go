package cache

import (
	"net/http"
	"strconv"
)

// read answers from memory what is there and untouched, and fetches the rest.
func (h *Handler) read(v *visit) {
	e := h.memory.get(v.plan.Target)
	if e == nil {
		h.fetch(v, miss{fwd: forMiss, result: Missed})
		return
	}
	now := v.start.UnixNano()
	untouched := e.untouched(h.checker, v.plan.Subject)
	switch {
	case untouched && now < e.freshUntil:
		h.hit(v, e, now)
	case now < e.errorUntil && (h.down(e) || e.failing(now) && (untouched || !h.checker.Current())):
		h.refresh(v, e, now)
		h.standIn(v, e, status{})
	case untouched && e.outlived(now):
		h.refresh(v, e, now)
		h.serve(v, e, h.found(e, now), HitStale)
	case untouched:
		h.fetch(v, miss{fwd: forStale, result: Expired})
	default:
		h.fetch(v, miss{fwd: forStale, result: Touched, detail: detailTouched})
	}
}

// hit serves an entry that was checked. One that shows old counts is replaced
// behind, unless others wait for the origin; of any other the shared level is
// told now and then how far it was checked.
func (h *Handler) hit(v *visit, e *entry, now int64) {
	switch {
	case h.aged(e):
		if !h.gate.crowded() {
			h.refresh(v, e, now)
		}
	case h.sharing != nil && e.shareAgain(now):
		h.sharing.put(shareJob{entry: e})
	}
	s, result := h.found(e, now), Hit
	if s.detail == detailUnchecked {
		result = HitUnchecked
	}
	h.serve(v, e, s, result)
}

// found is what is said of an entry that was stored before.
func (h *Handler) found(e *entry, now int64) status {
	s := status{timed: true, ttl: e.ttl(now)}
	if !h.checker.Current() {
		s.detail = detailUnchecked
	}
	return s
}

// serve writes an entry that was stored before.
func (h *Handler) serve(v *visit, e *entry, s status, result Result) {
	v.id = givenID(v.r)
	h.write(v, e, reply{response: e.response, status: s, age: s.age(e, v.start.UnixNano()), id: v.id, ids: h.ids}, result)
}

// write writes a reply made of an entry, and counts the bytes of a form that had
// to be made.
func (h *Handler) write(v *visit, e *entry, a reply, result Result) {
	sent, made := respond(v.w, v.r, a)
	if made {
		h.memory.weigh(e)
	}
	h.finished(v, result, sent)
}

// completeForms makes the missing forms of an entry and counts their bytes.
func (h *Handler) completeForms(e *entry) {
	if e.completeForms() {
		h.memory.weigh(e)
	}
}

// standIn serves the last good answer because the origin fails.
func (h *Handler) standIn(v *visit, e *entry, s status) {
	s.timed, s.ttl, s.detail = true, min(e.ttl(v.start.UnixNano()), -1), detailFailed
	h.serve(v, e, s, Failed)
}

// readAtLeast answers a request that asks for a state at or after a version:
// from memory where that is checked so far, else from the origin, which waits
// for the version. Nothing that may be older ever stands in.
func (h *Handler) readAtLeast(v *visit) {
	values := v.r.Header["Min-Version"]
	version, ok := versionOf(values)
	e := h.memory.get(v.plan.Target)
	now := v.start.UnixNano()
	if ok && e != nil && now < e.freshUntil && h.checker.Current() &&
		e.untouched(h.checker, v.plan.Subject) && e.asOf.Load() >= version {
		h.hit(v, e, now)
		return
	}
	id := h.ids.of(v)
	r, err := h.sharedRequest(v.r.Context(), v.r, v.plan.Target, id[0])
	if err != nil {
		h.noAnswer(v, id, status{fwd: forRequest}, err)
		return
	}
	r.Header["Min-Version"] = values
	h.direct(v, r, direct{gate: h.waiting, id: id, status: status{fwd: forRequest, detail: detailVersion}, store: true})
}

// maxDigits is how long a version may be: more digits do not fit into an int64.
const maxDigits = 18

// versionOf reads Min-Version: one number without a sign or leading zeros. What
// else there may be is left to the origin.
func versionOf(values []string) (version int64, ok bool) {
	if len(values) != 1 || len(values[0]) > maxDigits || len(values[0]) > 1 && values[0][0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(values[0], 10, 63) // takes no sign
	return int64(n), err == nil
}

// bypass answers what is not shared.
func (h *Handler) bypass(v *visit, detail string) {
	id := h.ids.of(v)
	r := ownRequest(v.r.Context(), v.r, id[0])
	g := h.gate
	if v.r.Header["Min-Version"] != nil {
		g = h.waiting
	}
	h.direct(v, r, direct{gate: g, id: id, status: status{fwd: forBypass, detail: detail}})
}

// noAnswer says that there is none now. Metrics count it: a line for each would
// add to an overload.
func (h *Handler) noAnswer(v *visit, id []string, s status, err error) {
	h.logger.Debug("no answer of the origin", "request_id", id[0], "target", v.plan.Target, "err", err)
	header := v.w.Header()
	header[requestIDHeader] = id
	header[statusHeader] = []string{string(s.append(nil))}
	h.unavailable.ServeHTTP(v.w, v.r)
	h.finished(v, Overloaded, http.StatusServiceUnavailable)
}

// statusClientLeft is told of clients that did not wait.
const statusClientLeft = 499

// left ends a request whose client did not wait. One that has only closed its
// half of the connection reads the status: nothing written would be a 200.
func (h *Handler) left(v *visit) {
	v.w.WriteHeader(statusClientLeft)
	h.finished(v, Left, statusClientLeft)
}
