package operation

import (
	"net/http"
	"path"

	"marquee/api"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// Description is what an operation is called and how it is explained.
type Description struct {
	ID, Tag, Summary, Text string
	// Alias is the id of the operation that does the same at the plural path.
	Alias string
}

// Describe returns the description of what a method does at a route.
func Describe(r *api.Route, method string) Description {
	switch method {
	case http.MethodOptions:
		return Description{ID: "options" + subject(r), Tag: methodsTag, Summary: "Ask for the methods of " + r.Template}
	case http.MethodHead:
		get := Describe(r, http.MethodGet)
		return Description{ID: "head" + word.Title(get.ID), Tag: methodsTag, Summary: get.Summary + ", without the body"}
	case http.MethodGet:
		return describeRead(r)
	}
	return describeWrite(r, method)
}

// subject names what a path is about; every path has a name of its own.
func subject(r *api.Route) string {
	switch r.Kind {
	case api.ListPath:
		return parentOf(r) + word.Title(r.Noun.Plural)
	case api.ObjectPath:
		return parentOf(r) + word.Title(r.Noun.Name)
	case api.SingularPath:
		return word.Title(r.Noun.Name) + "Singular"
	case api.EditPath:
		return word.Title(r.Noun.Name) + "Edit"
	case api.VotePath, api.ViewsPath, api.HistoryPath, api.RestorePath, api.RotatePath:
		name := parentOf(r) + word.Title(r.Noun.Name) + word.Title(path.Base(r.Template))
		if r.Singular() {
			name += "Singular"
		}
		return name
	case api.GrantsPath:
		return word.Title(r.Noun.Plural)
	case api.GrantPath:
		return word.Title(r.Noun.Name)
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
	return word.Title(r.Noun.Parent().Name)
}

func describeRead(r *api.Route) Description {
	switch r.Kind {
	case api.ListPath:
		d := Description{ID: "list" + subject(r), Tag: r.Noun.Plural, Summary: "List " + r.Noun.Plural}
		d.Text = "A page of the list. `meta.total` counts the objects of all pages; `Link` leads to the next page by a cursor."
		if nested(r) {
			d.Summary += " of " + word.WithArticle(r.Noun.Parent().Name)
		}
		return d
	case api.ObjectPath:
		d := Description{ID: "get" + subject(r), Tag: r.Noun.Plural, Summary: "Read " + word.WithArticle(r.Noun.Name)}
		if nested(r) {
			d.Summary += " of " + word.WithArticle(r.Noun.Parent().Name)
		}
		return d
	case api.HistoryPath:
		return Description{ID: "list" + subject(r), Tag: r.Noun.Plural, Summary: "Read the history of " + word.WithArticle(r.Noun.Name),
			Text: "What was done to it, by whom, with the values of the fields before and after; the latest first, also after it was deleted. Imports are no part of it. `Link` leads to what was before."}
	case api.GrantsPath:
		text := "A page of them, also those that have ended, without their secrets. `Link` leads to the next page."
		if r.Noun == api.Token {
			text += " Who is no admin sees their own."
		}
		return Description{ID: "list" + subject(r), Tag: grantsTag, Summary: "List " + r.Noun.Plural, Text: text}
	case api.ChangesPath:
		return Description{ID: "listChanges", Tag: changesTag, Summary: "Read the log of changes",
			Text: "Changes behind a version, in the order in which they were committed. Those of one version are never torn apart, so a consumer goes on from `meta.next`."}
	case api.LivePath:
		return Description{ID: "getLiveness", Tag: healthTag, Summary: "Ask whether the process runs"}
	case api.ReadyPath:
		return Description{ID: "getReadiness", Tag: healthTag, Summary: "Ask whether requests can be answered"}
	}
	return Description{ID: "get" + subject(r), Tag: healthTag, Summary: "Read " + r.Template}
}

func describeWrite(r *api.Route, method string) Description {
	switch r.Kind {
	case api.VotePath, api.ViewsPath, api.RestorePath:
		return describeAction(r)
	case api.GrantsPath, api.GrantPath, api.RotatePath:
		return describeGrant(r)
	}
	n := r.Noun
	verbs := map[string]string{http.MethodPost: "create", http.MethodPut: "update", http.MethodDelete: "delete"}
	verb := verbs[method]
	d := Description{ID: verb + word.Title(n.Name), Tag: n.Plural, Summary: word.Title(verb) + " " + word.WithArticle(n.Name), Text: writing(n, method)}
	d.repeat(r)
	if r.Kind == api.SingularPath && n.Parent() != nil {
		d.Text += " The body names the parents: " + parentFields(n) + "."
	}
	return d
}

// repeat says of an operation at a singular path which one it repeats.
func (d *Description) repeat(r *api.Route) {
	if !r.Singular() {
		return
	}
	d.Alias, d.ID = d.ID, d.ID+"Singular"
	d.Summary += ", by the singular path"
	d.Text = "An alias of " + d.Alias + ". " + d.Text
}

// describeAction describes what is done to an object otherwise than by its fields.
func describeAction(r *api.Route) Description {
	it := word.WithArticle(r.Noun.Name)
	words := map[string][3]string{
		"like":    {"like", "Like " + it, "Every user has one vote: this takes the place of an earlier one. The counts follow within seconds."},
		"dislike": {"dislike", "Dislike " + it, "Every user has one vote: this takes the place of an earlier one. The counts follow within seconds."},
		"vote":    {"unvote", "Take a vote for " + it + " back", "Done as well where there was none."},
		"views":   {"view", "Count a view of " + it, "The count follows within seconds."},
		"restore": {"restore", "Restore an earlier state of " + it, "A write as any other: what the state refers to must still be there, and it is in the history itself. An object that was deleted cannot be restored."},
	}[path.Base(r.Template)]
	d := Description{ID: words[0] + parentOf(r) + word.Title(r.Noun.Name), Tag: r.Noun.Plural, Summary: words[1], Text: words[2]}
	d.repeat(r)
	return d
}

// describeGrant describes the management of apps and tokens.
func describeGrant(r *api.Route) Description {
	words := map[api.Kind][3]string{
		api.GrantsPath: {"create", "Create ", "Its secrets are shown only in this reply. Idempotency-Key is refused: to repeat the reply, they would have to be kept."},
		api.GrantPath:  {"revoke", "Revoke ", "What it gave access to it gives no more, at once."},
		api.RotatePath: {"rotate", "Make the secrets anew of ", "They are shown only in this reply, and the old ones end at once."},
	}[r.Kind]
	if r.Kind == api.GrantPath && r.Noun == api.Token {
		words[2] += " Who is no admin may revoke their own."
	}
	return Description{ID: words[0] + word.Title(r.Noun.Name), Tag: grantsTag, Summary: words[1] + word.WithArticle(r.Noun.Name), Text: words[2]}
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
