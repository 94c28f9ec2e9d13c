package openapi

import (
	"net/http"
	"strings"

	"marquee/api"
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

// answers describes the replies of an operation by status.
func (b *builder) answers(r *api.Route, method string) object {
	switch method {
	case http.MethodHead:
		return b.headAnswers(r)
	case http.MethodOptions:
		return object{{"204", b.options()}}
	case http.MethodGet:
		return b.readAnswers(r)
	}
	if !edited(r) {
		return append(b.actionAnswers(r), refusals(r, method)...)
	}
	switch method {
	case http.MethodPost:
		return append(object{{"201", b.createdAnswer(r.Noun)}}, refusals(r, method)...)
	case http.MethodPut:
		return append(object{{"200", b.updatedAnswer(r.Noun)}, {"204", b.emptyAnswer()}}, refusals(r, method)...)
	}
	return append(object{{"200", b.deletedAnswer()}, {"204", b.emptyAnswer()}}, refusals(r, method)...)
}

// refusals are the errors of an operation.
func refusals(r *api.Route, method string) object {
	const (
		badRequest = http.StatusBadRequest
		tooLarge   = http.StatusRequestEntityTooLarge
		tooLong    = http.StatusRequestURITooLong
		badType    = http.StatusUnsupportedMediaType
		precond    = http.StatusPreconditionFailed
		required   = http.StatusPreconditionRequired
		quota      = http.StatusInsufficientStorage
	)
	has := map[int]bool{badRequest: true, tooLong: true, http.StatusNotFound: strings.Contains(r.Template, "{")}
	if method != http.MethodGet {
		has[tooLarge], has[badType] = true, true
	}
	switch {
	case method == http.MethodPost && r.Kind == api.GrantsPath:
		has[http.StatusConflict] = r.Noun == api.App
	case method == http.MethodPost && edited(r):
		has[quota], has[http.StatusConflict], has[http.StatusUnprocessableEntity] = true, true, true
	case method == http.MethodPut && edited(r), r.Kind == api.RestorePath:
		has[quota], has[http.StatusConflict], has[precond], has[required] = true, true, true, true
	case method == http.MethodDelete && edited(r):
		has[precond], has[required] = true, true
		has[http.StatusConflict] = referenced(r.Noun) || len(r.Noun.Children()) > 0
	}
	for _, always := range []int{401, 403, 429, 500, 503} {
		has[always] = true
	}
	var statuses []int
	for status := badRequest; status < 600; status++ {
		if has[status] {
			statuses = append(statuses, status)
		}
	}
	return errors(statuses...)
}

func (b *builder) readAnswers(r *api.Route) object {
	var ok object
	switch r.Kind {
	case api.ListPath:
		ok = b.listAnswer(r)
	case api.ObjectPath:
		ok = b.objectAnswer(r.Noun)
	case api.ChangesPath:
		ok = b.changesAnswer()
	case api.HistoryPath:
		return append(object{{"200", b.historyAnswer()}}, refusals(r, http.MethodGet)...)
	case api.GrantsPath:
		return append(object{{"200", b.grantsAnswer(r.Noun)}}, refusals(r, http.MethodGet)...)
	default:
		return b.healthAnswers(r)
	}
	return append(object{{"200", ok}, {"304", b.unchanged()}}, refusals(r, http.MethodGet)...)
}

// headAnswers are those of GET without bodies: no client should look for one.
func (b *builder) headAnswers(r *api.Route) object {
	none := func(name, doc string, headers ...string) object {
		return b.responses.add(object{{"description", doc}, {"headers", b.gives(headers...)}}, name)
	}
	found := none("Head", "GET would answer with an object or a list.", "?ETag", "?Last-Modified", "?Link", "Cache-Control", "?"+surrogate, age, status, cors)
	out := object{{"200", found}}
	if kept(r) {
		out = out.with("304", b.unchanged())
	}
	return out.with("4XX", none("HeadRefused", "GET would be refused with this status.", "?WWW-Authenticate", "?Retry-After", "Cache-Control", age, status, cors)).
		with("5XX", none("HeadFailed", "GET would fail with this status.", "?Retry-After", "Cache-Control", status, cors))
}

// options is the answer to OPTIONS, which is the same everywhere.
func (b *builder) options() object {
	return b.responses.add(object{
		{"description", "The methods of the path."},
		{"headers", b.givesFree("Allow", cors, "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age")},
	}, "Options")
}

func (b *builder) unchanged() object {
	return b.responses.add(object{
		{"description", "The client's copy is current."},
		{"headers", b.gives("ETag", "?Last-Modified", "Cache-Control", "?"+surrogate, age, status, cors)},
	}, "NotModified")
}

// answer describes a reply with a JSON body.
func (b *builder) answer(name, doc string, headers object, schema object, example any) object {
	return b.responses.add(object{
		{"description", doc}, {"headers", headers}, {"content", content("application/json", schema, example)},
	}, name)
}

func (b *builder) objectAnswer(n *storage.Noun) object {
	headers := []string{"ETag", "Cache-Control", surrogate, age, status, cors}
	if n.Dated() {
		headers = append(headers, "Last-Modified")
	}
	return b.answer(upper(n.Name)+"Found", "The "+n.Name+".", b.gives(headers...), b.single(n), exampleReply(n))
}

func (b *builder) createdAnswer(n *storage.Noun) object {
	headers := b.gives("Location", "ETag", version, preferred, "?Idempotency-Replayed", cors)
	doc := "The " + n.Name + " as it was created; no body with `Prefer: return=minimal`."
	return b.answer(upper(n.Name)+"Created", doc, headers, b.single(n), exampleReply(n))
}

func (b *builder) updatedAnswer(n *storage.Noun) object {
	headers := b.gives("ETag", version, preferred, cors)
	return b.answer(upper(n.Name)+"Updated", "The "+n.Name+" as it is now.", headers, b.single(n), exampleReply(n))
}

func (b *builder) deletedAnswer() object {
	schema := b.schemas.add(object{
		{"type", "object"}, {"required", list{"meta"}}, {"properties", object{{"meta", b.emptyMeta()}}},
	}, "EmptyReply")
	headers := b.gives(version, preferred, cors)
	return b.answer("Deleted", "Done; with `Prefer: return=representation`.", headers, schema, object{{"meta", object{}}})
}

func (b *builder) emptyAnswer() object {
	return b.responses.add(object{
		{"description", "Done, without a body."},
		{"headers", b.gives("?ETag", version, preferred, cors)},
	}, "Done")
}

func (b *builder) listAnswer(r *api.Route) object {
	n, parameters := r.Noun, r.Parameters(http.MethodGet)
	headers := b.gives("ETag", "Link", "Cache-Control", surrogate, age, status, cors)
	return b.answer(upper(n.Name)+"Page", "A page of "+n.Plural+".", headers, b.page(n, parameters), exampleList(n, parameters))
}

func exampleReply(n *storage.Noun) object {
	return object{{"meta", object{}}, {n.Name, exampleObject(n, reply)}}
}

func exampleList(n *storage.Noun, parameters []api.Parameter) object {
	sort := n.Sorts[0].Name
	meta := object{{"offset", 0}, {"limit", 10}, {"total", 1}, {"sort", sort}}
	if n == storage.Genre {
		meta = meta.with("order", sort)
	}
	for _, p := range parameters {
		if p.Shown {
			meta = meta.with(p.Name, "")
		}
	}
	return object{{"meta", meta}, {n.Plural, list{exampleObject(n, reply)}}}
}
