package reply

import (
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/api/route"
	"marquee/storage/credential"
)

// grantMember is a member of apps or tokens in replies.
type grantMember struct {
	name, doc string
	nullable  bool
	example   any
	pattern   string // of the text, "" for any text
	// inSecrets members are in the reply to a creation or rotation, inLists members
	// in lists.
	inSecrets, inLists bool
}

// grantMembers are the members of apps and tokens in replies, in order.
var grantMembers = map[*route.Credential][]grantMember{
	route.App: {
		{name: "name", doc: "name", example: "Player", inSecrets: true, inLists: true},
		{name: "consumer_key", doc: "key that identifies the app in signed requests", example: schema.ConsumerKey, inSecrets: true, inLists: true},
		{name: "consumer_secret", doc: "secret with which the app signs requests", example: "EXAMPLE", inSecrets: true},
		{name: "role", doc: "highest role that the app may use", example: credential.Editor, inLists: true},
		{name: "created", doc: "when it was created", pattern: schema.TimestampPattern, example: "2014-12-31T23-59-00", inLists: true},
		{name: "revoked", doc: "when the app was revoked; null if it is not", nullable: true, pattern: schema.TimestampPattern, inLists: true},
	},
	route.Token: {
		{name: "id", doc: "id for revoking the token; not a secret", pattern: schema.NumberPattern, example: "7", inSecrets: true, inLists: true},
		{name: "token", doc: "the bearer token; null if there is none", nullable: true, example: "mq_EXAMPLE", inSecrets: true},
		{name: "user", doc: "user for whom the token acts", example: "ed", inLists: true},
		{name: "app", doc: "only app that may sign requests with the token; null for a token without app", nullable: true, example: "Player", inLists: true},
		{name: "role", doc: "role of the user, limited by the role of the app", example: credential.Editor, inLists: true},
		{name: "prefix", doc: "first characters of the bearer token; null if unknown", nullable: true, example: "mq_EXAM", inLists: true},
		{name: "oauth_token", doc: "key that identifies the token in signed requests; null for a token without app", nullable: true, example: "EXAMPLE", inSecrets: true, inLists: true},
		{name: "oauth_token_secret", doc: "secret with which requests are signed; null for a token without app", nullable: true, example: "EXAMPLE", inSecrets: true},
		{name: "created", doc: "when it was created", pattern: schema.TimestampPattern, example: "2014-12-31T23-59-00", inLists: true},
		{name: "expires", doc: "when the token expires; null for never", nullable: true, pattern: schema.TimestampPattern, inLists: true},
		{name: "revoked", doc: "when the token was revoked; null if it is not", nullable: true, pattern: schema.TimestampPattern, inLists: true},
	},
}

// grantObject returns the schema of an app or token with the members for which has
// is true, and an example.
func grantObject(c *route.Credential, has func(grantMember) bool) (body, example object) {
	var properties object
	var required list
	for _, m := range grantMembers[c] {
		if !has(m) {
			continue
		}
		p := object{{"description", word.Sentence(m.doc)}, {"type", "string"}}
		if m.nullable {
			p = p.With("nullable", true)
		}
		if m.pattern != "" {
			p = p.With("pattern", m.pattern)
		}
		properties, required = properties.With(m.name, p), append(required, m.name)
		example = example.With(m.name, m.example)
	}
	return object{{"type", "object"}, {"required", required}, {"properties", properties}}, example
}

// grantsReply describes a page of apps or tokens.
func (b *Builder) grantsReply(c *route.Credential) object {
	one, example := grantObject(c, func(m grantMember) bool { return m.inLists })
	items := object{{"type", "array"}, {"items", b.schemas.Add(one, word.Title(c.Name))}}
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"offset", "limit", "total"}},
		{"properties", object{{"offset", schema.Count("number of objects before this page")}, {"limit", schema.Count("largest number of objects on a page")}, {"total", schema.Count("number of objects on all pages")}}},
	}, "PageMeta")
	body := b.schemas.Add(schema.Envelope(meta, c.Plural, items, "meta", c.Plural), word.Title(c.Name)+"List")
	return b.jsonReply(word.Title(c.Name)+"Page", "A page of "+c.Plural+".", b.headers("Link", "Cache-Control", cors), body,
		object{{"meta", object{{"offset", 0}, {"limit", 10}, {"total", 1}}}, {c.Plural, list{example}}})
}

// secretsReply describes a reply with secrets.
func (b *Builder) secretsReply(c *route.Credential, name, doc string, headers ...string) object {
	secrets, example := grantObject(c, func(m grantMember) bool { return m.inSecrets })
	inner := b.schemas.Add(secrets, word.Title(c.Name)+"Secrets")
	body := b.schemas.Add(schema.Envelope(b.schemas.EmptyMeta(), c.Name, inner, "meta", c.Name), word.Title(c.Name)+"SecretsReply")
	return b.jsonReply(word.Title(c.Name)+name, doc, b.headers(append(headers, "Cache-Control", cors)...), body,
		object{{"meta", object{}}, {c.Name, example}})
}
