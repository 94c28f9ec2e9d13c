package reply

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/api/openapi/model"
	"marquee/api/problem"
)

// errorReply describes an error reply by an example.
type errorReply struct {
	// name is the name of the component. Errors of one status share a component.
	name string
	// doc says when the error is answered. Only the first error of a component has it.
	doc     string
	headers []string
	problem problem.Problem
}

// exampleRequestID is the request id in the examples.
const exampleRequestID = "f00-42"

// example returns the body of the reply.
func (e *errorReply) example() jsontext.Value { return e.problem.Encode(exampleRequestID) }

// addProblems adds a component for every error. No operation refers to
// MethodNotAllowed, which is the answer to methods without an operation.
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

// addProblem adds the component of the errors, which have the same status.
func (b *Builder) addProblem(body object, errors []errorReply) {
	first := errors[0]
	media := object{{"schema", body}}
	if len(errors) == 1 {
		media = media.With("example", first.example())
	} else {
		var named object
		for _, e := range errors {
			named = named.With(e.problem.Slug, object{{"summary", e.problem.Title}, {"value", e.example()}})
		}
		media = media.With("examples", named)
	}
	b.Responses.Add(object{
		{"description", first.doc},
		{"headers", b.headers(append(first.headers, "Cache-Control", age, status, cors)...)},
		{"content", object{{"application/problem+json", media}}},
	}, first.name)
}

// problemSchema adds the schema of all errors (RFC 9457).
func (b *Builder) problemSchema() object {
	text := func(doc string) object { return object{{"description", doc}, {"type", "string"}} }
	item := b.schemas.Add(object{
		{"description", "One fault of the request."},
		{"type", "object"}, {"required", list{"reason"}},
		{"properties", object{
			{"line", object{{"description", "The line of the body, from 1. Only of bulks, whose pointers are relative to the line."}, {"type", "integer"}, {"minimum", 1}}},
			{"parameter", text("The query parameter or header at fault; with `pointer`, the parameter in a query that is a field of the object.")},
			{"pointer", text("The place of the fault in the body, as a JSON Pointer (RFC 6901). Empty for the whole body.")},
			{"value", text("The value that was sent, shortened.")},
			{"reason", text("What is wrong with the value.")},
			{"allowed", text("What is allowed instead.")},
			{"nearest", text("The valid name nearest to the one that was sent.")},
		}},
	}, "Fault")
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"request_id"}},
		{"properties", object{{"request_id", text("The id of the request in the server's log.")}}},
	}, "ProblemMeta")
	return b.schemas.Add(object{
		{"description", "An error (RFC 9457), with `meta` as in every reply."},
		{"type", "object"}, {"required", list{"meta", "type", "title", "status", "detail"}},
		{"properties", object{
			{"meta", meta},
			{"type", text("The kind of problem, as a URI reference. Stable.")},
			{"title", text("The kind of problem, in words.")},
			{"status", object{{"description", "The status code."}, {"type", "integer"}, {"format", "int32"}, {"minimum", 400}, {"maximum", 599}}},
			{"detail", text("What is wrong with this request, and how to repair it.")},
			{"errors", object{{"description", "Every fault of the request, at most 100; of a bulk at most 1,000, and at least one of each line with faults."}, {"type", "array"}, {"items", item}, {"maxItems", 1000}}},
			{"corrected", text("The path and query of the request with all faults corrected, if the corrections are known.")},
		}},
	}, "Problem")
}

// Problems returns references to the error replies of the statuses.
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
