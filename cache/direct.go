package cache

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"marquee/cache/memory"
	"marquee/cache/origin"
	"marquee/cache/plan"
	"marquee/cache/response"
)

// direct says how a request goes to the origin by itself.
type direct struct {
	slots  *origin.Slots
	status response.CacheStatus
	// store reports that the answer is stored for other clients, if the origin
	// described it.
	store bool
}

// bypass answers a request whose answer is not shared.
func (h *Handler) bypass(v *visit, detail response.Detail) {
	v.measure()
	d := direct{slots: h.slots, status: response.CacheStatus{Forward: response.Bypass, Detail: detail}}
	if v.r.Header["Min-Version"] != nil {
		d.slots = h.versionSlots
	}
	h.direct(v, origin.OwnRequest(v.r, v.requestID()[0]), d)
}

// readAtLeast answers a request with Min-Version: from memory if the entry was checked
// up to that version, from a read that is under way if its answer was, else from the
// origin, which waits for the version. An answer that may be older is never served.
func (h *Handler) readAtLeast(v *visit) {
	values := v.r.Header["Min-Version"]
	now := v.start.UnixNano()
	if e := h.memory.Latest(v.plan.Target, now); e != nil && h.reached(v, e, values, now) {
		h.hit(v, e, now)
		return
	}
	v.measure()
	if e := h.underWay(v); e != nil && h.reached(v, e, values, h.now().UnixNano()) {
		s := response.CacheStatus{Forward: response.Request, Detail: response.MinVersion, Collapsed: true, Stored: true}
		v.write(e, response.Reply{Response: e.Response, Status: s, Age: response.NoAge, ID: v.requestID()}, Collapsed)
		return
	}
	r, err := origin.SharedRequest(v.r.Context(), v.r, v.plan.Target, v.requestID()[0])
	if err != nil {
		v.noAnswer(response.CacheStatus{Forward: response.Request}, err)
		return
	}
	r.Header["Min-Version"] = values
	status := response.CacheStatus{Forward: response.Request, Detail: response.MinVersion}
	h.direct(v, r, direct{slots: h.versionSlots, status: status, store: true})
}

// underWayTime bounds how long a request with Min-Version waits for a read that began before it,
// and may show an older version: longer than most reads, and short for the client.
const underWayTime = 250 * time.Millisecond

// underWay waits for a read of the target that is under way, and returns its entry, nil if there
// is none.
func (h *Handler) underWay(v *visit) *memory.Entry {
	f := h.flights.Flight(v.plan.Target)
	if f == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), underWayTime)
	defer cancel()
	o, err := h.follow(ctx, f, func() (o outcome, ok bool) { return o, false })
	if err != nil {
		return nil
	}
	return o.entry
}

// reached reports whether an entry is fresh, untouched and checked up to the version
// in Min-Version.
func (h *Handler) reached(v *visit, e *memory.Entry, values []string, now int64) bool {
	version, ok := parseVersion(values)
	if !ok || !e.Fresh(now) || !h.checker.Current() {
		return false
	}
	return e.Untouched(h.checker, v.plan.Subject) && e.AsOf() >= version
}

// maxDigits bounds the length of a version: more digits do not fit into an int64.
const maxDigits = 18

// parseVersion parses Min-Version: one number without a sign or leading zeros. The
// origin refuses anything else.
func parseVersion(values []string) (version int64, ok bool) {
	if len(values) != 1 || len(values[0]) > maxDigits || len(values[0]) > 1 && values[0][0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(values[0], 10, 63) // refuses a sign
	return int64(n), err == nil
}

// direct asks the origin for one client.
func (h *Handler) direct(v *visit, r *http.Request, d direct) {
	if !v.admits() {
		return
	}
	if err := d.slots.Acquire(v.r.Context()); err != nil {
		h.unanswered(v, d, err)
		return
	}
	made, positions := h.now(), h.positions()
	var report plan.Report
	a, err := h.relay(v, r, d, &report)
	v.callerFault = report.CallerFault
	switch {
	case a.Streamed != 0:
		v.bytes = a.Bytes
		v.finish(Bypassed, a.Streamed)
		return
	case err != nil:
		h.unanswered(v, d, err)
		return
	}
	if report.Described {
		h.health[report.Source].answered()
	}
	if d.store && report.Described && a.Whole && a.Response.Storable() {
		a.Response.Prepare(v.r)
		e := h.newEntry(v.plan.Target, a.Response, &report, made, positions)
		h.memory.Set(e, h.now().UnixNano())
		h.publish(e, nil)
		d.status.Stored = true
	}
	v.writeOnly(a.Response, report.Until, d.status, Bypassed)
}

// relay lets the origin answer, and releases the slot also when the origin panics.
func (h *Handler) relay(v *visit, r *http.Request, d direct, report *plan.Report) (origin.Relayed, error) {
	defer d.slots.Release()
	v.w.Header()[response.StatusHeader] = []string{d.status.String()} // for an answer that is streamed
	stream := &conditional{ResponseWriter: v.w, visit: *v, status: d.status, report: report}
	a, err := h.origin.Relay(stream, r, origin.TimeoutOf(v.plan), report)
	if a.Streamed != 0 {
		a.Streamed = stream.written
	}
	return a, err
}

// unanswered ends a request without an answer of the origin: its client has left, or
// should try again.
func (h *Handler) unanswered(v *visit, d direct, err error) {
	if v.r.Context().Err() != nil {
		v.left()
		return
	}
	v.noAnswer(d.status, err)
}
