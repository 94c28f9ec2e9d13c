package reply

import (
	"slices"

	"marquee/api"
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/storage"
	"marquee/storage/credential"
)

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
		{name: "consumer_key", doc: "what signed requests name the app by", example: schema.ConsumerKey, secret: true, listed: true},
		{name: "consumer_secret", doc: "what the app signs with", example: "EXAMPLE", secret: true},
		{name: "role", doc: "the most that the app may do", example: credential.Editor, listed: true},
		{name: "created", doc: "when it was made", form: schema.TimestampPattern, example: "2014-12-31T23-59-00", listed: true},
		{name: "revoked", doc: "when it lost its access; null while it has it", empty: true, form: schema.TimestampPattern, listed: true},
	},
	api.Token: {
		{name: "id", doc: "what the token is revoked by; it gives no access", form: schema.NumberPattern, example: "7", secret: true, listed: true},
		{name: "token", doc: "the bearer token; null when it has none", empty: true, example: "mq_EXAMPLE", secret: true},
		{name: "user", doc: "who the token acts for", example: "ed", listed: true},
		{name: "app", doc: "the only app that may sign requests with it; null without one", empty: true, example: "Player", listed: true},
		{name: "role", doc: "what the user may do, as far as the app may", example: credential.Editor, listed: true},
		{name: "prefix", doc: "how the bearer token begins; null when that is not known", empty: true, example: "mq_EXAM", listed: true},
		{name: "oauth_token", doc: "what signed requests name the token by; null without an app", empty: true, example: "EXAMPLE", secret: true, listed: true},
		{name: "oauth_token_secret", doc: "what signed requests are signed with; null without an app", empty: true, example: "EXAMPLE", secret: true},
		{name: "created", doc: "when it was made", form: schema.TimestampPattern, example: "2014-12-31T23-59-00", listed: true},
		{name: "expires", doc: "when it ends; null for never", empty: true, form: schema.TimestampPattern, listed: true},
		{name: "revoked", doc: "when it was ended; null while it was not", empty: true, form: schema.TimestampPattern, listed: true},
	},
}

// grantObject describes some of the members, and shows them.
func grantObject(members []told) (body, example object) {
	var properties object
	var required list
	for _, m := range members {
		p := object{{"description", word.Sentence(m.doc)}, {"type", "string"}}
		if m.empty {
			p = p.With("nullable", true)
		}
		if m.form != "" {
			p = p.With("pattern", m.form)
		}
		properties, required = properties.With(m.name, p), append(required, m.name)
		example = example.With(m.name, m.example)
	}
	return object{{"type", "object"}, {"required", required}, {"properties", properties}}, example
}

// among are the members that are told.
func among(n *storage.Noun, is func(told) bool) []told {
	return slices.DeleteFunc(slices.Clone(grantMembers[n]), func(m told) bool { return !is(m) })
}

// grantsAnswer describes a page of the apps or tokens.
func (b *Builder) grantsAnswer(n *storage.Noun) object {
	one, example := grantObject(among(n, func(m told) bool { return m.listed }))
	items := object{{"type", "array"}, {"items", b.schemas.Add(one, word.Title(n.Name))}}
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"offset", "limit", "total"}},
		{"properties", object{{"offset", schema.Count("how many were skipped")}, {"limit", schema.Count("most of a reply")}, {"total", schema.Count("how many there are")}}},
	}, "PageMeta")
	body := b.schemas.Add(schema.Envelope(meta, n.Plural, items, "meta", n.Plural), word.Title(n.Name)+"List")
	return b.answer(word.Title(n.Name)+"Page", "A page of "+n.Plural+".", b.gives("Link", "Cache-Control", cors), body,
		object{{"meta", object{{"offset", 0}, {"limit", 10}, {"total", 1}}}, {n.Plural, list{example}}})
}

// secretsAnswer describes a reply that shows secrets.
func (b *Builder) secretsAnswer(n *storage.Noun, name, doc string, headers ...string) object {
	secrets, example := grantObject(among(n, func(m told) bool { return m.secret }))
	inner := b.schemas.Add(secrets, word.Title(n.Name)+"Secrets")
	body := b.schemas.Add(schema.Envelope(b.schemas.EmptyMeta(), n.Name, inner, "meta", n.Name), word.Title(n.Name)+"SecretsReply")
	return b.answer(word.Title(n.Name)+name, doc, b.gives(append(headers, "Cache-Control", cors)...), body,
		object{{"meta", object{}}, {n.Name, example}})
}
