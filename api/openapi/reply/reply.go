// Package reply describes the replies of operations: their headers, bodies and
// errors.
package reply

import (
	"net/http"

	"marquee/api"
	"marquee/api/openapi/model"
	"marquee/api/openapi/operation"
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// The headers that come with many replies; those behind a ? not always.
const (
	cors      = "Access-Control-Allow-Origin"
	version   = "Catalogue-Version"
	preferred = "?Preference-Applied"
	age       = "?Age"
	status    = "?Cache-Status"
	surrogate = "Surrogate-Key"
)

// The document is written in these.
type (
	object = model.Object
	list   = model.List
)

// Builder gathers the headers and replies of a document.
type Builder struct {
	schemas            *schema.Set
	Headers, Responses *model.Registry
}

// New returns a builder that has the replies of all errors, and whose other replies
// add to the schemas.
func New(schemas *schema.Set) *Builder {
	b := &Builder{schemas: schemas, Headers: model.NewRegistry("headers"), Responses: model.NewRegistry("responses")}
	b.addProblems()
	return b
}

// Answers describes the replies of an operation by status.
func (b *Builder) Answers(r *api.Route, method string) model.Object {
	switch method {
	case http.MethodHead:
		return b.headAnswers(r)
	case http.MethodOptions:
		return object{{"204", b.options()}}
	case http.MethodGet:
		return b.readAnswers(r)
	}
	if !operation.Edits(r) {
		return append(b.actionAnswers(r), Problems(operation.Refusals(r, method)...)...)
	}
	switch method {
	case http.MethodPost:
		return append(object{{"201", b.createdAnswer(r.Noun)}}, Problems(operation.Refusals(r, method)...)...)
	case http.MethodPut:
		return append(object{{"200", b.updatedAnswer(r.Noun)}, {"204", b.emptyAnswer()}}, Problems(operation.Refusals(r, method)...)...)
	}
	return append(object{{"200", b.deletedAnswer()}, {"204", b.emptyAnswer()}}, Problems(operation.Refusals(r, method)...)...)
}

func (b *Builder) readAnswers(r *api.Route) object {
	var ok object
	switch r.Kind {
	case api.ListPath:
		ok = b.listAnswer(r)
	case api.ObjectPath:
		ok = b.objectAnswer(r.Noun)
	case api.ChangesPath:
		ok = b.changesAnswer()
	case api.HistoryPath:
		return append(object{{"200", b.historyAnswer()}}, Problems(operation.Refusals(r, http.MethodGet)...)...)
	case api.GrantsPath:
		return append(object{{"200", b.grantsAnswer(r.Noun)}}, Problems(operation.Refusals(r, http.MethodGet)...)...)
	default:
		return b.healthAnswers(r)
	}
	return append(object{{"200", ok}, {"304", b.unchanged()}}, Problems(operation.Refusals(r, http.MethodGet)...)...)
}

// headAnswers are those of GET without bodies: no client should look for one.
func (b *Builder) headAnswers(r *api.Route) object {
	none := func(name, doc string, headers ...string) object {
		return b.Responses.Add(object{{"description", doc}, {"headers", b.gives(headers...)}}, name)
	}
	found := none("Head", "GET would answer with an object or a list.", "?ETag", "?Last-Modified", "?Link", "Cache-Control", "?"+surrogate, age, status, cors)
	out := object{{"200", found}}
	if operation.Cacheable(r) {
		out = out.With("304", b.unchanged())
	}
	return out.With("4XX", none("HeadRefused", "GET would be refused with this status.", "?WWW-Authenticate", "?Retry-After", "Cache-Control", age, status, cors)).
		With("5XX", none("HeadFailed", "GET would fail with this status.", "?Retry-After", "Cache-Control", status, cors))
}

// options is the answer to OPTIONS, which is the same everywhere.
func (b *Builder) options() object {
	return b.Responses.Add(object{
		{"description", "The methods of the path."},
		{"headers", b.givesFree("Allow", cors, "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age")},
	}, "Options")
}

func (b *Builder) unchanged() object {
	return b.Responses.Add(object{
		{"description", "The client's copy is current."},
		{"headers", b.gives("ETag", "?Last-Modified", "Cache-Control", "?"+surrogate, age, status, cors)},
	}, "NotModified")
}

// answer describes a reply with a JSON body.
func (b *Builder) answer(name, doc string, headers object, body object, example any) object {
	return b.Responses.Add(object{
		{"description", doc}, {"headers", headers}, {"content", model.Content("application/json", body, example)},
	}, name)
}

func (b *Builder) objectAnswer(n *storage.Noun) object {
	headers := []string{"ETag", "Cache-Control", surrogate, age, status, cors}
	if n.Dated() {
		headers = append(headers, "Last-Modified")
	}
	return b.answer(word.Title(n.Name)+"Found", "The "+n.Name+".", b.gives(headers...), b.schemas.Single(n), exampleReply(n))
}

func (b *Builder) createdAnswer(n *storage.Noun) object {
	headers := b.gives("Location", "ETag", version, preferred, "?Idempotency-Replayed", cors)
	doc := "The " + n.Name + " as it was created; no body with `Prefer: return=minimal`."
	return b.answer(word.Title(n.Name)+"Created", doc, headers, b.schemas.Single(n), exampleReply(n))
}

func (b *Builder) updatedAnswer(n *storage.Noun) object {
	headers := b.gives("ETag", version, preferred, cors)
	return b.answer(word.Title(n.Name)+"Updated", "The "+n.Name+" as it is now.", headers, b.schemas.Single(n), exampleReply(n))
}

func (b *Builder) deletedAnswer() object {
	body := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"meta"}}, {"properties", object{{"meta", b.schemas.EmptyMeta()}}},
	}, "EmptyReply")
	headers := b.gives(version, preferred, cors)
	return b.answer("Deleted", "Done; with `Prefer: return=representation`.", headers, body, object{{"meta", object{}}})
}

func (b *Builder) emptyAnswer() object {
	return b.Responses.Add(object{
		{"description", "Done, without a body."},
		{"headers", b.gives("?ETag", version, preferred, cors)},
	}, "Done")
}

func exampleReply(n *storage.Noun) object {
	return object{{"meta", object{}}, {n.Name, schema.ExampleObject(n, schema.Reply)}}
}
