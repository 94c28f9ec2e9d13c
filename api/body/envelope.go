package body

import (
	"marquee/api/problem"
	"marquee/storage"
	"marquee/storage/spelling"
	"marquee/storage/strictjson"
)

// ParseEmpty parses a body without an object: no body, or an envelope in which only
// meta may be.
func ParseEmpty(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if _, faults := parseEnvelope(data, ""); len(faults) > 0 {
		return problem.Invalid(problem.InvalidBody, faults)
	}
	return nil
}

// parseEnvelope parses {"meta": {}, "<member>": {…}} and returns the object in the
// member, nil if there is none to check. Without a member only meta may be in the
// envelope.
func parseEnvelope(data []byte, member string) (storage.Members, []storage.Fault) {
	v, faults := strictjson.ParseAll(data)
	members, ok := v.(storage.Members)
	switch {
	case v == nil && len(faults) > 0:
		return nil, faults
	case !ok:
		return nil, append(faults, storage.Fault{Value: storage.Excerpt(v), Reason: "must be an object " + envelopeForm(member)})
	}
	e := envelope{member: member, seen: map[string]bool{}, faults: faults}
	for _, m := range members {
		e.add(m)
	}
	if member != "" && !e.seen[member] {
		e.fault("/"+member, nil, "is required: the body is "+envelopeForm(member))
	}
	return e.object, e.faults
}

func envelopeForm(member string) string {
	if member == "" {
		return `{"meta": {}}`
	}
	return `{"meta": {}, "` + member + `": {…}}`
}

// envelope collects the members of an envelope.
type envelope struct {
	member string
	seen   map[string]bool
	object storage.Members
	faults []storage.Fault
}

func (e *envelope) fault(pointer string, v any, reason string) {
	f := storage.Fault{Pointer: pointer, Reason: reason}
	if v != nil {
		f.Value = storage.Excerpt(v)
	}
	e.faults = append(e.faults, f)
}

func (e *envelope) add(m storage.Member) {
	at := "/" + storage.EscapePointer(m.Name)
	inner, isObject := m.Value.(storage.Members)
	switch {
	case e.seen[m.Name]:
		e.fault(at, nil, "is given twice")
	case m.Name != "meta" && (e.member == "" || m.Name != e.member):
		e.fault(at, nil, "is not a member of this body, which is "+envelopeForm(e.member))
		if e.member != "" {
			e.faults[len(e.faults)-1].Nearest = spelling.Nearest(m.Name, []string{e.member, "meta"})
		}
	case !isObject:
		e.fault(at, m.Value, "must be an object")
	case m.Name == "meta":
		for _, extra := range inner {
			e.fault(at+"/"+storage.EscapePointer(extra.Name), nil, "is unknown: meta has no members in requests")
		}
	default:
		e.object = inner
	}
	e.seen[m.Name] = true
}
