package reply

import (
	"net/http"

	"marquee/api/openapi/model"
)

// Tokens describes the replies to a request for a token and its secret, which are
// sent as a form (RFC 5849, section 2.1).
func (b *Builder) Tokens(name string, confirmed bool) model.Object {
	names := list{"oauth_token", "oauth_token_secret"}
	text := object{{"type", "string"}}
	properties := object{{"oauth_token", text}, {"oauth_token_secret", text}}
	example := object{{"oauth_token", "EXAMPLE"}, {"oauth_token_secret", "EXAMPLE"}}
	if confirmed {
		names = append(names, "oauth_callback_confirmed")
		properties = properties.With("oauth_callback_confirmed", object{{"type", "string"}, {"enum", list{"true"}}})
		example = example.With("oauth_callback_confirmed", "true")
	}
	body := b.schemas.Add(object{{"type", "object"}, {"required", names}, {"properties", properties}}, name)
	ok := b.Responses.Add(object{
		{"description", "The token and its secret. Only this reply contains the secret."}, {"headers", b.headers("Cache-Control", cors)},
		{"content", model.Content("application/x-www-form-urlencoded", body, example)},
	}, name)
	return append(object{{"200", ok}}, Problems(http.StatusBadRequest, http.StatusForbidden)...)
}

// HTMLPage describes a reply with an HTML page.
func (b *Builder) HTMLPage(name, doc string) model.Object {
	return b.Responses.Add(object{
		{"description", doc}, {"headers", b.headers("Cache-Control", cors)},
		{"content", model.Content("text/html", object{{"type", "string"}}, "<!doctype html>")},
	}, name)
}

// BackToApp describes the redirect to an app's callback.
func (b *Builder) BackToApp() model.Object {
	return b.Responses.Add(object{{"description", "Redirects to the callback of the app, with `oauth_verifier` or with `oauth_problem=user_refused`."},
		{"headers", b.headers("Location", "Cache-Control", cors)}}, "BackToApp")
}
