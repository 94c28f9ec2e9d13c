package reply

import (
	"marquee/api/openapi/model"
	"marquee/api/problem"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// errorReply describes an error, with an example.
type errorReply struct {
	// name is the component's.
	name string
	// doc says when; the first of the errors that share a component says it.
	doc     string
	headers []string
	problem problem.Problem
}

// exampleRequestID is the request id of the examples.
const exampleRequestID = "f00-42"

// example is the error's body.
func (e *errorReply) example() jsontext.Value { return e.problem.Encode(exampleRequestID) }

// addProblems describes every error as a component, also the one that no operation
// can refer to because it is about methods that are not there.
func (b *Builder) addProblems() {
	body := b.problemSchema()
	for start := 0; start < len(problemTable); {
		end := start + 1
		for end < len(problemTable) && problemTable[end].name == problemTable[start].name {
			end++
		}
		b.addProblem(body, problemTable[start:end])
		start = end
	}
}

// addProblem describes one status, by as many examples as there are.
func (b *Builder) addProblem(body object, same []errorReply) {
	first := same[0]
	media := object{{"schema", body}}
	if len(same) == 1 {
		media = media.With("example", first.example())
	} else {
		var named object
		for _, e := range same {
			named = named.With(e.problem.Slug, object{{"summary", e.problem.Title}, {"value", e.example()}})
		}
		media = media.With("examples", named)
	}
	b.Responses.Add(object{
		{"description", first.doc},
		{"headers", b.gives(append(first.headers, "Cache-Control", age, status, cors)...)},
		{"content", object{{"application/problem+json", media}}},
	}, first.name)
}

// problemSchema is the form of every error (RFC 9457).
func (b *Builder) problemSchema() object {
	text := func(doc string) object { return object{{"description", doc}, {"type", "string"}} }
	item := b.schemas.Add(object{
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
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"request_id"}},
		{"properties", object{{"request_id", text("The id under which the request is logged.")}}},
	}, "ProblemMeta")
	return b.schemas.Add(object{
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

// Problems refers to the error replies of the statuses.
func Problems(statuses ...int) model.Object {
	var out object
	for _, status := range statuses {
		for _, e := range problemTable {
			if e.problem.Status == status && e.doc != "" {
				out = out.With(strconv.Itoa(status), model.Reference("responses", e.name))
			}
		}
	}
	return out
}
