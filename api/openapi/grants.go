package openapi

import (
	"slices"

	"marquee/api"
	"marquee/storage"
	"marquee/storage/credential"
)

// exampleKey is a consumer key of the form that the store makes.
const exampleKey = "app_EXAMPLE2EXAMPLE3EXAMPLE4EX"

// told is a member of what replies tell of apps and tokens.
type told struct {
	name, doc string
	// empty says that it may be null.
	empty   bool
	example any
	// form is what the text must match, "" for any.
	form string
	// secret members are told when they are made, listed ones in lists.
	secret, listed bool
}

// grantMembers are the members of apps and tokens in replies.
var grantMembers = map[*storage.Noun][]told{
	api.App: {
		{name: "name", doc: "name", example: "Player", secret: true, listed: true},
		{name: "consumer_key", doc: "what signed requests name the app by", example: exampleKey, secret: true, listed: true},
		{name: "consumer_secret", doc: "what the app signs with", example: "EXAMPLE", secret: true},
		{name: "role", doc: "the most that the app may do", example: credential.Editor, listed: true},
		{name: "created", doc: "when it was made", form: timestampPattern, example: "2014-12-31T23-59-00", listed: true},
		{name: "revoked", doc: "when it lost its access; null while it has it", empty: true, form: timestampPattern, listed: true},
	},
	api.Token: {
		{name: "id", doc: "what the token is revoked by; it gives no access", form: numberPattern, example: "7", secret: true, listed: true},
		{name: "token", doc: "the bearer token; null when it has none", empty: true, example: "mq_EXAMPLE", secret: true},
		{name: "user", doc: "who the token acts for", example: "ed", listed: true},
		{name: "app", doc: "the only app that may sign requests with it; null without one", empty: true, example: "Player", listed: true},
		{name: "role", doc: "what the user may do, as far as the app may", example: credential.Editor, listed: true},
		{name: "prefix", doc: "how the bearer token begins; null when that is not known", empty: true, example: "mq_EXAM", listed: true},
		{name: "oauth_token", doc: "what signed requests name the token by; null without an app", empty: true, example: "EXAMPLE", secret: true, listed: true},
		{name: "oauth_token_secret", doc: "what signed requests are signed with; null without an app", empty: true, example: "EXAMPLE", secret: true},
		{name: "created", doc: "when it was made", form: timestampPattern, example: "2014-12-31T23-59-00", listed: true},
		{name: "expires", doc: "when it ends; null for never", empty: true, form: timestampPattern, listed: true},
		{name: "revoked", doc: "when it was ended; null while it was not", empty: true, form: timestampPattern, listed: true},
	},
}

// grantObject describes some of the members, and shows them.
func grantObject(members []told) (schema, example object) {
	var properties object
	var required list
	for _, m := range members {
		p := object{{"description", sentence(m.doc)}, {"type", "string"}}
		if m.empty {
			p = p.with("nullable", true)
		}
		if m.form != "" {
			p = p.with("pattern", m.form)
		}
		properties, required = properties.with(m.name, p), append(required, m.name)
		example = example.with(m.name, m.example)
	}
	return object{{"type", "object"}, {"required", required}, {"properties", properties}}, example
}

// among are the members that are told.
func among(n *storage.Noun, is func(told) bool) []told {
	return slices.DeleteFunc(slices.Clone(grantMembers[n]), func(m told) bool { return !is(m) })
}

// grantsAnswer describes a page of the apps or tokens.
func (b *builder) grantsAnswer(n *storage.Noun) object {
	one, example := grantObject(among(n, func(m told) bool { return m.listed }))
	items := object{{"type", "array"}, {"items", b.schemas.add(one, upper(n.Name))}}
	meta := b.schemas.add(object{
		{"type", "object"}, {"required", list{"offset", "limit", "total"}},
		{"properties", object{{"offset", count("how many were skipped")}, {"limit", count("most of a reply")}, {"total", count("how many there are")}}},
	}, "PageMeta")
	schema := b.schemas.add(envelope(meta, n.Plural, items, "meta", n.Plural), upper(n.Name)+"List")
	return b.answer(upper(n.Name)+"Page", "A page of "+n.Plural+".", b.gives("Link", "Cache-Control", cors), schema,
		object{{"meta", object{{"offset", 0}, {"limit", 10}, {"total", 1}}}, {n.Plural, list{example}}})
}

// secretsAnswer describes a reply that shows secrets.
func (b *builder) secretsAnswer(n *storage.Noun, name, doc string, headers ...string) object {
	secrets, example := grantObject(among(n, func(m told) bool { return m.secret }))
	inner := b.schemas.add(secrets, upper(n.Name)+"Secrets")
	schema := b.schemas.add(envelope(b.emptyMeta(), n.Name, inner, "meta", n.Name), upper(n.Name)+"SecretsReply")
	return b.answer(upper(n.Name)+name, doc, b.gives(append(headers, "Cache-Control", cors)...), schema,
		object{{"meta", object{}}, {n.Name, example}})
}
