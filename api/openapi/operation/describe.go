// Package operation describes what each method does at each route: its id, tag and
// texts, the request headers that it reads, and the errors that it may answer.
package operation

import (
	"net/http"
	"path"
	"strings"

	"marquee/api/openapi/word"
	"marquee/api/route"
	"marquee/storage"
)

// Description names and explains an operation.
type Description struct {
	ID, Tag, Summary, Text string
	// Alias is the id of the same operation at the plural path, "" for an operation
	// that is no alias.
	Alias string
}

// Describe returns the description of a method at a route.
func Describe(r *route.Route, method string) Description {
	switch method {
	case http.MethodOptions:
		return Description{ID: "options" + subject(r), Tag: methodsTag, Summary: "List the methods of " + r.Template}
	case http.MethodHead:
		get := Describe(r, http.MethodGet)
		return Description{ID: "head" + word.Title(get.ID), Tag: methodsTag, Summary: get.Summary + ", without the body"}
	case http.MethodGet:
		return describeRead(r)
	}
	return describeWrite(r, method)
}

// subject is the part of an operation's id that stands for the path. It is unique
// for each path.
func subject(r *route.Route) string {
	switch r.Kind {
	case route.List:
		return parentName(r) + word.Title(r.Noun.Plural)
	case route.Object:
		return parentName(r) + word.Title(r.Noun.Name)
	case route.Singular:
		return word.Title(r.Noun.Name) + "Singular"
	case route.Edit:
		return word.Title(r.Noun.Name) + "Edit"
	case route.Vote, route.Views, route.History, route.Restore, route.Prospect:
		name := parentName(r) + word.Title(r.Noun.Name) + word.Title(path.Base(r.Template))
		if r.Singular() {
			name += "Singular"
		}
		return name
	case route.Grants:
		return word.Title(r.Grant.Plural)
	case route.Grant:
		return word.Title(r.Grant.Name)
	case route.Rotate:
		return word.Title(r.Grant.Name) + word.Title(path.Base(r.Template))
	case route.Films:
		return word.Title(r.Variables[0].Name) + word.Title(r.Noun.Plural)
	case route.Suggest:
		return "Suggestions"
	case route.Changes:
		return "Changes"
	case route.Bulk:
		return "Bulk"
	case route.Live:
		return "Liveness"
	case route.Ready:
		return "Readiness"
	}
	return ""
}

// parentName is the parent in whose path the noun is nested, "" without one.
func parentName(r *route.Route) string {
	if !nested(r) {
		return ""
	}
	return word.Title(r.Noun.Parent().Name)
}

func describeRead(r *route.Route) Description {
	switch r.Kind {
	case route.List:
		return Description{ID: "list" + subject(r), Tag: r.Noun.Plural, Summary: "List " + r.Noun.Plural + ofParent(r),
			Text: "Returns a page of the list. `meta.total` counts the objects on all pages. `Link` has the next page, by cursor."}
	case route.Object:
		return Description{ID: "get" + subject(r), Tag: r.Noun.Plural, Summary: "Read " + word.WithArticle(r.Noun.Name) + ofParent(r)}
	case route.Films:
		by := r.Variables[0]
		return Description{ID: "list" + subject(r), Tag: by.Plural, Summary: "List the " + r.Noun.Plural + " of " + word.WithArticle(by.Name),
			Text: "Returns first the " + r.Noun.Plural + " that the " + by.Name + " pins, in their order, then those that its query finds, in the order of the query, each once. " +
				"Hidden ones are left out. `meta.total` counts the " + r.Noun.Plural + " on all pages, `meta.pinned` those that are pinned."}
	case route.Prospect:
		return Description{ID: "get" + subject(r), Tag: r.Noun.Plural, Summary: "Read what " + word.WithArticle(r.Noun.Name) + " is going to show",
			Text: "For editors: the number of movies, the next periods, the pages that are ready before the public asks for them, and what is wrong with the " + r.Noun.Name + "."}
	case route.History:
		return Description{ID: "list" + subject(r), Tag: r.Noun.Plural, Summary: "Read the history of " + word.WithArticle(r.Noun.Name),
			Text: "Returns the writes to the object, latest first, with the user and the values before and after. " +
				"The history remains after the object is deleted. It does not contain imports. `Link` has the earlier events."}
	case route.Grants:
		text := "Returns a page of all " + r.Grant.Plural + ", including revoked ones, without their secrets. `Link` has the next page."
		if r.Grant == route.Token {
			text = "Returns a page of all tokens, including expired and revoked ones, without their secrets. `Link` has the next page. " +
				"A user who is not an admin sees only their own tokens."
		}
		return Description{ID: "list" + subject(r), Tag: grantsTag, Summary: "List " + r.Grant.Plural, Text: text}
	case route.Suggest:
		return Description{ID: "listSuggestions", Tag: suggestTag, Summary: "Suggest what somebody may be typing",
			Text: "Returns titles and names that have every word of `q`; the last word may be the beginning of one. Accents, case and punctuation do not count. " +
				"First come those that equal `q`, then those that begin with it, then the others; within each by likes, views, rating and id. " +
				"Only where there are none, one word of 4 characters or more may have one typo, but not in its first letter. Everybody gets the collections that are active now."}
	case route.Changes:
		return Description{ID: "listChanges", Tag: changesTag, Summary: "Read the change log",
			Text: "Returns the changes after a version, in commit order. All changes of a version are in one reply, so a consumer continues at `meta.next`. " +
				"With `noun`, a page may have few changes or none although others follow: `Link` has the next page until the end of the log.\n\n" +
				"With `Accept: text/event-stream`, returns the changes as server-sent events, and goes on with each write. A stream begins after `Last-Event-ID`, " +
				"else after `since`, else now. It takes no `limit`, is never cached, and ends when the process does, after an hour, or when the client takes nothing for 30 s. " +
				"The client then asks again with `Last-Event-ID`. A process has a limit of streams, above which it answers 503 with `Retry-After`."}
	case route.Live:
		return Description{ID: "getLiveness", Tag: healthTag, Summary: "Report whether the process runs"}
	case route.Ready:
		return Description{ID: "getReadiness", Tag: healthTag, Summary: "Report whether the process can answer requests"}
	}
	return Description{ID: "get" + subject(r), Tag: healthTag, Summary: "Read " + r.Template}
}

// ofParent is " of a serie" where the path is nested in a series, else "".
func ofParent(r *route.Route) string {
	if !nested(r) {
		return ""
	}
	return " of " + word.WithArticle(r.Noun.Parent().Name)
}

func describeWrite(r *route.Route, method string) Description {
	switch r.Kind {
	case route.Vote, route.Views, route.Restore:
		return describeAction(r)
	case route.Grants, route.Grant, route.Rotate:
		return describeGrant(r)
	case route.Bulk:
		return Description{ID: "writeBulk", Tag: bulkTag, Summary: "Create, update and delete objects together",
			Text: "Each line of the body is one write. They are carried out in order, in one transaction with one version, so a later line may refer to what an earlier one made: by its slug, " +
				"or, in a list, by its name. If a line is refused, nothing is stored: the status is that of the first such line, and `errors` has the faults of all lines, each with `line` " +
				"and a `pointer` relative to the line. Deletions do not cascade. The request costs as much as its writes. With `Idempotency-Key` it can be retried safely; a dry run stores no key."}
	}
	n := r.Noun
	verb := map[string]string{http.MethodPost: "create", http.MethodPut: "update", http.MethodDelete: "delete"}[method]
	d := Description{ID: verb + word.Title(n.Name), Tag: n.Plural, Summary: word.Title(verb) + " " + word.WithArticle(n.Name), Text: writeText(n, method)}
	d.markAlias(r)
	if r.Kind == route.Singular && n.Parent() != nil {
		d.Text += " The body names the parents: " + parentFields(n) + "."
	}
	return d
}

// markAlias marks the operation as an alias when its path is a singular one.
func (d *Description) markAlias(r *route.Route) {
	if !r.Singular() {
		return
	}
	d.Alias, d.ID = d.ID, d.ID+"Singular"
	d.Summary += ", by the singular path"
	d.Text = "An alias of " + d.Alias + ". " + d.Text
}

// describeAction describes the writes that do not set fields.
func describeAction(r *route.Route) Description {
	const voteText = "Each user has one vote: a new vote replaces the earlier one. The counters follow within seconds."
	object := word.WithArticle(r.Noun.Name)
	words := map[string][3]string{ // the verb of the id, the summary, the text
		"like":    {"like", "Like " + object, voteText},
		"dislike": {"dislike", "Dislike " + object, voteText},
		"vote":    {"unvote", "Remove a vote for " + object, "Succeeds even if there is no vote."},
		"views":   {"view", "Count a view of " + object, "The counter follows within seconds."},
		"restore": {"restore", "Restore an earlier state of " + object, "Writes the earlier state as an update, which is added to the history. " +
			"Objects that the state refers to must still exist. A deleted object cannot be restored."},
	}[path.Base(r.Template)]
	d := Description{ID: words[0] + parentName(r) + word.Title(r.Noun.Name), Tag: r.Noun.Plural, Summary: words[1], Text: words[2]}
	d.markAlias(r)
	return d
}

// describeGrant describes the management of apps and tokens.
func describeGrant(r *route.Route) Description {
	name, object := r.Grant.Name, word.WithArticle(r.Grant.Name)
	words := map[route.Kind][3]string{ // the verb of the id, the summary, the text
		route.Grants: {"create", "Create " + object, "Only this reply contains the secrets. `Idempotency-Key` is refused, because a replay would need stored secrets."},
		route.Grant:  {"revoke", "Revoke " + object, "Revokes the " + name + " immediately."},
		route.Rotate: {"rotate", "Replace the secrets of " + object, "Only this reply contains the new secrets. The old ones stop working immediately."},
	}[r.Kind]
	if r.Kind == route.Grant && r.Grant == route.Token {
		words[2] += " A user who is not an admin may revoke only their own tokens."
	}
	return Description{ID: words[0] + word.Title(name), Tag: grantsTag, Summary: words[1], Text: words[2]}
}

// writeText explains a create, update or delete.
func writeText(n *storage.Noun, method string) string {
	switch method {
	case http.MethodPost:
		return "`Prefer: return=minimal` omits the body of the reply. With `Idempotency-Key` the request can be retried safely."
	case http.MethodPut:
		return "The body is a JSON merge patch: fields that it does not name keep their values."
	}
	const body = "The body may be `{\"meta\": {}}`."
	if children := n.Children(); len(children) > 0 {
		return "Refused while the " + n.Name + " has " + children[0].Plural + ", unless `cascade` is true. " + body
	}
	if listers := n.Listers(); len(listers) > 0 {
		return "Refused while " + listers[0].Plural + " have the " + n.Name + " in a list, unless `cascade` is true: then it is taken out of them by the same write. " + body
	}
	if len(n.Referrers()) > 0 {
		return "Refused while other objects refer to the " + n.Name + ". " + body
	}
	return body
}

func parentFields(n *storage.Noun) string {
	var names []string
	for _, p := range n.Parents {
		names = append(names, p.IDName())
	}
	return strings.Join(names, ", ")
}
