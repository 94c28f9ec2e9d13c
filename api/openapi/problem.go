package openapi

import "strconv"

// fault is an item of a problem's errors, as examples show it.
type fault struct{ parameter, pointer, value, reason, allowed, nearest string }

// problem describes an error status with an example.
type problem struct {
	status int
	// name is the component's.
	name string
	// doc says when; the first of the problems that share a component says it.
	doc string
	// slug, title and detail are those of the example.
	slug, title, detail string
	faults              []fault
	corrected           string
	headers             []string
}

// problems describes every error as a component, also the one that no operation
// can refer to because it is about methods that are not there.
func (b *builder) problems() {
	schema := b.problemSchema()
	for start := 0; start < len(problemTable); {
		end := start + 1
		for end < len(problemTable) && problemTable[end].name == problemTable[start].name {
			end++
		}
		b.problemResponse(schema, problemTable[start:end])
		start = end
	}
}

// problemResponse describes one status, by as many examples as there are.
func (b *builder) problemResponse(schema object, same []problem) {
	first := same[0]
	media := object{{"schema", schema}}
	if len(same) == 1 {
		media = media.with("example", first.example())
	} else {
		var named object
		for _, p := range same {
			named = named.with(p.slug, object{{"summary", p.title}, {"value", p.example()}})
		}
		media = media.with("examples", named)
	}
	b.responses.add(object{
		{"description", first.doc},
		{"headers", b.gives(append(first.headers, "Cache-Control", age, status, cors)...)},
		{"content", object{{"application/problem+json", media}}},
	}, first.name)
}

func (p problem) example() object {
	o := object{
		{"meta", object{{"request_id", "f00-42"}}},
		{"type", "/problems/" + p.slug}, {"title", p.title}, {"status", p.status}, {"detail", p.detail},
	}
	var faults list
	for _, f := range p.faults {
		faults = append(faults, f.example())
	}
	if faults != nil {
		o = o.with("errors", faults)
	}
	if p.corrected != "" {
		o = o.with("corrected", p.corrected)
	}
	return o
}

func (f fault) example() object {
	var o object
	for _, m := range []struct{ name, value string }{
		{"parameter", f.parameter}, {"pointer", f.pointer}, {"value", f.value},
		{"reason", f.reason}, {"allowed", f.allowed}, {"nearest", f.nearest},
	} {
		if m.value != "" {
			o = o.with(m.name, m.value)
		}
	}
	return o
}

// problemSchema is the form of every error (RFC 9457).
func (b *builder) problemSchema() object {
	text := func(doc string) object { return object{{"description", doc}, {"type", "string"}} }
	item := b.schemas.add(object{
		{"description", "One thing that is wrong with the request."},
		{"type", "object"}, {"required", list{"reason"}},
		{"properties", object{
			{"parameter", text("The query parameter or header at fault.")},
			{"pointer", text("Where in the body the fault is: a JSON Pointer (RFC 6901), empty for the whole.")},
			{"value", text("What was given, cut to a readable length.")},
			{"reason", text("What is wrong with it.")},
			{"allowed", text("What would be taken.")},
			{"nearest", text("The valid name that was probably meant.")},
		}},
	}, "Fault")
	meta := b.schemas.add(object{
		{"type", "object"}, {"required", list{"request_id"}},
		{"properties", object{{"request_id", text("The id under which the request is logged.")}}},
	}, "ProblemMeta")
	return b.schemas.add(object{
		{"description", "An error (RFC 9457) with the envelope's meta."},
		{"type", "object"}, {"required", list{"meta", "type", "title", "status", "detail"}},
		{"properties", object{
			{"meta", meta},
			{"type", text("The kind of problem, as a reference that does not change.")},
			{"title", text("The kind in words.")},
			{"status", object{{"description", "The status code."}, {"type", "integer"}, {"format", "int32"}, {"minimum", 400}, {"maximum", 599}}},
			{"detail", text("What happened this time.")},
			{"errors", object{{"description", "Every fault of the request, at most 100."}, {"type", "array"}, {"items", item}, {"maxItems", 100}}},
			{"corrected", text("The request as it was probably meant.")},
		}},
	}, "Problem")
}

// errors refers to the responses of the statuses.
func errors(statuses ...int) object {
	var out object
	for _, status := range statuses {
		for _, p := range problemTable {
			if p.status == status && p.doc != "" {
				out = out.with(strconv.Itoa(status), reference("responses", p.name))
			}
		}
	}
	return out
}
