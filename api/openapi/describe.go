package openapi

import (
	"net/http"
	"path"

	"marquee/api"
	"marquee/storage"
)

// description is what an operation is called and how it is explained.
type description struct {
	id, tag, summary, text string
	// alias is the id of the operation that does the same at the plural path.
	alias string
}

func describe(r *api.Route, method string) description {
	switch method {
	case http.MethodOptions:
		return description{id: "options" + subject(r), tag: methodsTag, summary: "Ask for the methods of " + r.Template}
	case http.MethodHead:
		get := describe(r, http.MethodGet)
		return description{id: "head" + upper(get.id), tag: methodsTag, summary: get.summary + ", without the body"}
	case http.MethodGet:
		return describeRead(r)
	}
	return describeWrite(r, method)
}

// subject names what a path is about; every path has a name of its own.
func subject(r *api.Route) string {
	switch r.Kind {
	case api.ListPath:
		return parentOf(r) + upper(r.Noun.Plural)
	case api.ObjectPath:
		return parentOf(r) + upper(r.Noun.Name)
	case api.SingularPath:
		return upper(r.Noun.Name) + "Singular"
	case api.EditPath:
		return upper(r.Noun.Name) + "Edit"
	case api.VotePath, api.ViewsPath, api.HistoryPath, api.RestorePath, api.RotatePath:
		name := parentOf(r) + upper(r.Noun.Name) + upper(path.Base(r.Template))
		if r.Singular() {
			name += "Singular"
		}
		return name
	case api.GrantsPath:
		return upper(r.Noun.Plural)
	case api.GrantPath:
		return upper(r.Noun.Name)
	case api.ChangesPath:
		return "Changes"
	case api.LivePath:
		return "Liveness"
	case api.ReadyPath:
		return "Readiness"
	}
	return ""
}

// parentOf names the parent whose path nests the noun, "" when none does.
func parentOf(r *api.Route) string {
	if !nested(r) {
		return ""
	}
	return upper(r.Noun.Parent().Name)
}

func describeRead(r *api.Route) description {
	switch r.Kind {
	case api.ListPath:
		d := description{id: "list" + subject(r), tag: r.Noun.Plural, summary: "List " + r.Noun.Plural}
		d.text = "A page of the list. `meta.total` counts the objects of all pages; `Link` leads to the next page by a cursor."
		if nested(r) {
			d.summary += " of " + one(r.Noun.Parent().Name)
		}
		return d
	case api.ObjectPath:
		d := description{id: "get" + subject(r), tag: r.Noun.Plural, summary: "Read " + one(r.Noun.Name)}
		if nested(r) {
			d.summary += " of " + one(r.Noun.Parent().Name)
		}
		return d
	case api.HistoryPath:
		return description{id: "list" + subject(r), tag: r.Noun.Plural, summary: "Read the history of " + one(r.Noun.Name),
			text: "What was done to it, by whom, with the values of the fields before and after; the latest first, also after it was deleted. Imports are no part of it. `Link` leads to what was before."}
	case api.GrantsPath:
		text := "A page of them, also those that have ended, without their secrets. `Link` leads to the next page."
		if r.Noun == api.Token {
			text += " Who is no admin sees their own."
		}
		return description{id: "list" + subject(r), tag: grantsTag, summary: "List " + r.Noun.Plural, text: text}
	case api.ChangesPath:
		return description{id: "listChanges", tag: changesTag, summary: "Read the log of changes",
			text: "Changes behind a version, in the order in which they were committed. Those of one version are never torn apart, so a consumer goes on from `meta.next`."}
	case api.LivePath:
		return description{id: "getLiveness", tag: healthTag, summary: "Ask whether the process runs"}
	case api.ReadyPath:
		return description{id: "getReadiness", tag: healthTag, summary: "Ask whether requests can be answered"}
	}
	return description{id: "get" + subject(r), tag: healthTag, summary: "Read " + r.Template}
}

func describeWrite(r *api.Route, method string) description {
	switch r.Kind {
	case api.VotePath, api.ViewsPath, api.RestorePath:
		return describeAction(r)
	case api.GrantsPath, api.GrantPath, api.RotatePath:
		return describeGrant(r)
	}
	n := r.Noun
	verbs := map[string]string{http.MethodPost: "create", http.MethodPut: "update", http.MethodDelete: "delete"}
	verb := verbs[method]
	d := description{id: verb + upper(n.Name), tag: n.Plural, summary: upper(verb) + " " + one(n.Name), text: writing(n, method)}
	d.repeat(r)
	if r.Kind == api.SingularPath && n.Parent() != nil {
		d.text += " The body names the parents: " + parentFields(n) + "."
	}
	return d
}

// repeat says of an operation at a singular path which one it repeats.
func (d *description) repeat(r *api.Route) {
	if !r.Singular() {
		return
	}
	d.alias, d.id = d.id, d.id+"Singular"
	d.summary += ", by the singular path"
	d.text = "An alias of " + d.alias + ". " + d.text
}

// describeAction describes what is done to an object otherwise than by its fields.
func describeAction(r *api.Route) description {
	it := one(r.Noun.Name)
	words := map[string][3]string{
		"like":    {"like", "Like " + it, "Every user has one vote: this takes the place of an earlier one. The counts follow within seconds."},
		"dislike": {"dislike", "Dislike " + it, "Every user has one vote: this takes the place of an earlier one. The counts follow within seconds."},
		"vote":    {"unvote", "Take a vote for " + it + " back", "Done as well where there was none."},
		"views":   {"view", "Count a view of " + it, "The count follows within seconds."},
		"restore": {"restore", "Restore an earlier state of " + it, "A write as any other: what the state refers to must still be there, and it is in the history itself. An object that was deleted cannot be restored."},
	}[path.Base(r.Template)]
	d := description{id: words[0] + parentOf(r) + upper(r.Noun.Name), tag: r.Noun.Plural, summary: words[1], text: words[2]}
	d.repeat(r)
	return d
}

// describeGrant describes the management of apps and tokens.
func describeGrant(r *api.Route) description {
	words := map[api.Kind][3]string{
		api.GrantsPath: {"create", "Create ", "Its secrets are shown only in this reply. Idempotency-Key is refused: to repeat the reply, they would have to be kept."},
		api.GrantPath:  {"revoke", "Revoke ", "What it gave access to it gives no more, at once."},
		api.RotatePath: {"rotate", "Make the secrets anew of ", "They are shown only in this reply, and the old ones end at once."},
	}[r.Kind]
	if r.Kind == api.GrantPath && r.Noun == api.Token {
		words[2] += " Who is no admin may revoke their own."
	}
	return description{id: words[0] + upper(r.Noun.Name), tag: grantsTag, summary: words[1] + one(r.Noun.Name), text: words[2]}
}

// writing explains a write beyond its name.
func writing(n *storage.Noun, method string) string {
	switch method {
	case http.MethodPost:
		return "`Prefer: return=minimal` leaves the body of the reply out. With `Idempotency-Key` the request can be sent again safely."
	case http.MethodPut:
		return "The body is a JSON merge patch: fields that it does not name stay as they are."
	}
	if len(n.Children()) > 0 {
		return "Refused while it has " + n.Children()[0].Plural + ", unless `cascade` is true. A body of `{\"meta\": {}}` may be sent."
	}
	if referenced(n) {
		return "Refused while other objects refer to it. A body of `{\"meta\": {}}` may be sent."
	}
	return "A body of `{\"meta\": {}}` may be sent."
}

func parentFields(n *storage.Noun) string {
	text := ""
	for i, p := range n.Parents {
		if i > 0 {
			text += ", "
		}
		text += p.IDName()
	}
	return text
}

// referenced reports whether objects of other nouns may refer to the noun's.
func referenced(n *storage.Noun) bool {
	for _, other := range storage.Nouns {
		for _, f := range other.References() {
			if f.Type.Of.Reference == n.Name {
				return true
			}
		}
	}
	return false
}
