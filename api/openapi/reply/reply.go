// Package reply describes the replies of operations: their headers, bodies and
// errors.
package reply

import (
	"net/http"

	"marquee/api/openapi/model"
	"marquee/api/openapi/operation"
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/api/route"
	"marquee/storage"
)

// The headers of many replies. A header whose name begins with ? is optional.
const (
	cors      = "Access-Control-Allow-Origin"
	version   = "Catalogue-Version"
	preferred = "?Preference-Applied"
	age       = "?Age"
	status    = "?Cache-Status"
	surrogate = "Surrogate-Key"
)

// The two kinds of JSON value that replies are described by.
type (
	object = model.Object
	list   = model.List
)

// Builder holds the headers and replies of a document. The schemas of bodies go into
// another set.
type Builder struct {
	schemas            *schema.Set
	Headers, Responses *model.Registry
}

// New returns a builder that has the replies of all errors.
func New(schemas *schema.Set) *Builder {
	b := &Builder{schemas: schemas, Headers: model.NewRegistry("headers"), Responses: model.NewRegistry("responses")}
	b.addProblems()
	return b
}

// Replies returns the replies of an operation, by status.
func (b *Builder) Replies(r *route.Route, method string) model.Object {
	switch {
	case method == http.MethodHead:
		return b.headReplies(r)
	case method == http.MethodOptions:
		return object{{"204", b.options()}}
	case operation.Probes(r):
		return b.healthReplies(r)
	}
	return append(b.successes(r, method), Problems(operation.Refusals(r, method)...)...)
}

// successes describes the replies of GET and of writes that are no errors.
func (b *Builder) successes(r *route.Route, method string) object {
	switch {
	case method == http.MethodGet:
		return b.readReplies(r)
	case !operation.Edits(r):
		return b.actionReplies(r)
	case method == http.MethodPost:
		return object{{"201", b.createdReply(r.Noun)}}
	case method == http.MethodPut:
		return object{{"200", b.updatedReply(r.Noun)}, {"204", b.emptyReply()}}
	}
	return object{{"200", b.deletedReply()}, {"204", b.emptyReply()}}
}

func (b *Builder) readReplies(r *route.Route) object {
	switch r.Kind {
	case route.History:
		return object{{"200", b.historyReply()}}
	case route.Prospect:
		return object{{"200", b.prospectReply()}}
	case route.Grants:
		return object{{"200", b.grantsReply(r.Grant)}}
	case route.Suggest:
		return object{{"200", b.suggestReply()}, {"304", b.unchanged()}}
	case route.Changes:
		return object{{"200", b.changesReply()}, {"304", b.unchanged()}}
	case route.List:
		return object{{"200", b.listReply(r)}, {"304", b.unchanged()}}
	case route.Films:
		return object{{"200", b.filmsReply(r)}, {"304", b.unchanged()}}
	}
	return object{{"200", b.objectReply(r.Noun)}, {"304", b.unchanged()}}
}

// headReplies has replies of its own, without a body, so that no client expects one.
func (b *Builder) headReplies(r *route.Route) object {
	none := func(name, doc string, headers ...string) object {
		return b.Responses.Add(object{{"description", doc}, {"headers", b.headers(headers...)}}, name)
	}
	found := none("Head", "GET would return an object or a list.", "?ETag", "?Last-Modified", "?Link", "Cache-Control", "?"+surrogate, age, status, cors)
	out := object{{"200", found}}
	if operation.Cacheable(r) {
		out = out.With("304", b.unchanged())
	}
	return out.With("4XX", none("HeadRefused", "GET would be refused with this status.", "?WWW-Authenticate", "?Retry-After", "Cache-Control", age, status, cors)).
		With("5XX", none("HeadFailed", "GET would fail with this status.", "?Retry-After", "Cache-Control", status, cors))
}

// options describes the reply to OPTIONS.
func (b *Builder) options() object {
	return b.Responses.Add(object{
		{"description", "The methods of the path."},
		{"headers", b.headersUnlimited("Allow", cors, "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age")},
	}, "Options")
}

func (b *Builder) unchanged() object {
	return b.Responses.Add(object{
		{"description", "The copy of the client is current."},
		{"headers", b.headers("ETag", "?Last-Modified", "Cache-Control", "?"+surrogate, age, status, cors)},
	}, "NotModified")
}

// jsonReply describes a reply with a JSON body.
func (b *Builder) jsonReply(name, doc string, headers object, body object, example any) object {
	return b.Responses.Add(object{
		{"description", doc}, {"headers", headers}, {"content", model.Content("application/json", body, example)},
	}, name)
}

func (b *Builder) objectReply(n *storage.Noun) object {
	headers := []string{"ETag", "Cache-Control", surrogate, age, status, cors}
	body, expanded := b.schemas.Single(n), b.expanded(n)
	switch {
	case n.Dated() && expanded != nil:
		headers = append(headers, "?Last-Modified") // an expanded object has none
	case n.Dated():
		headers = append(headers, "Last-Modified")
	}
	if expanded != nil {
		meta := b.schemas.Add(object{{"type", "object"}, {"properties", object{{"expanded", expanded}}}}, word.Title(n.Name)+"Meta")
		body = b.schemas.Add(schema.Envelope(meta, n.Name, b.schemas.Noun(n), "meta", n.Name), word.Title(n.Name)+"Read")
	}
	return b.jsonReply(word.Title(n.Name)+"Found", "The "+n.Name+".", b.headers(headers...), body, exampleReply(n))
}

func (b *Builder) createdReply(n *storage.Noun) object {
	headers := b.headers("Location", "ETag", version, preferred, "?Idempotency-Replayed", cors)
	doc := "The " + n.Name + " that was created. Without a body for `Prefer: return=minimal`."
	return b.jsonReply(word.Title(n.Name)+"Created", doc, headers, b.schemas.Single(n), exampleReply(n))
}

func (b *Builder) updatedReply(n *storage.Noun) object {
	headers := b.headers("ETag", version, preferred, cors)
	return b.jsonReply(word.Title(n.Name)+"Updated", "The "+n.Name+" after the write.", headers, b.schemas.Single(n), exampleReply(n))
}

func (b *Builder) deletedReply() object {
	body := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"meta"}}, {"properties", object{{"meta", b.schemas.EmptyMeta()}}},
	}, "EmptyReply")
	headers := b.headers(version, preferred, cors)
	return b.jsonReply("Deleted", "Done. The reply to `Prefer: return=representation`.", headers, body, object{{"meta", object{}}})
}

func (b *Builder) emptyReply() object {
	return b.Responses.Add(object{
		{"description", "Done, without a body."},
		{"headers", b.headers("?ETag", version, preferred, cors)},
	}, "Done")
}

func exampleReply(n *storage.Noun) object {
	return object{{"meta", object{}}, {n.Name, schema.ExampleObject(n, schema.Reply)}}
}
