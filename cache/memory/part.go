package memory

import (
	"sync/atomic"

	"marquee/cache/plan"
)

// part is an answer inside an entry, with the result of its checks.
type part struct {
	target string
	source plan.Source
	// plan has the subject. A part without a plan counts as touched.
	plan *plan.Plan
	// asOf is the version up to which no change touches the part.
	asOf atomic.Int64
}

func newParts(given []plan.Part, planOf func(target string) *plan.Plan) []part {
	if len(given) == 0 {
		return nil
	}
	parts := make([]part, len(given))
	for i, p := range given {
		parts[i].target, parts[i].source, parts[i].plan = p.Target, p.Source, planOf(p.Target)
		parts[i].asOf.Store(p.AsOf)
	}
	return parts
}

// partsNow returns the parts with the versions up to which they were checked.
func (e *Entry) partsNow() []plan.Part {
	var parts []plan.Part
	for i := range e.parts {
		p := &e.parts[i]
		parts = append(parts, plan.Part{Target: p.target, Source: p.source, AsOf: p.asOf.Load()})
	}
	return parts
}

// partsUntouched reports whether no change touches a part. keys are those of the whole.
func (e *Entry) partsUntouched(c plan.Checker, keys string) bool {
	for i := range e.parts {
		if p := &e.parts[i]; p.plan == nil || !untouched(c, p.plan.Subject, p.source, &p.asOf, keys) {
			return false
		}
	}
	return true
}

// partsShow reports whether data of a part comes from a source.
func (e *Entry) partsShow(source plan.Source) bool {
	for i := range e.parts {
		if e.parts[i].source == source {
			return true
		}
	}
	return false
}

// partOverhead is the memory of a part besides its texts and subject, in bytes: the
// structures of part and plan.
const partOverhead = 192

// partsSize is the memory that the parts take, in bytes, approximately.
func (e *Entry) partsSize() int {
	n := 0
	for i := range e.parts {
		n += partOverhead + 2*len(e.parts[i].target)
		if p := e.parts[i].plan; p != nil {
			n += p.Weight
		}
	}
	return n
}
