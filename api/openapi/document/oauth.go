package document

import (
	"net/http"

	"marquee/api/oauth1/flow"
	"marquee/api/openapi/model"
	"marquee/api/openapi/operation"
	"marquee/api/openapi/reply"
)

// The names of the security schemes.
const (
	bearer = "bearer"
	signed = "oauth1"
)

// securitySchemes describes the credentials. OpenAPI 3.0 knows only OAuth 2.0, so
// OAuth 1.0a is an HTTP scheme with its registered name.
func securitySchemes() object {
	return object{
		{bearer, object{
			{"type", "http"}, {"scheme", "bearer"},
			{"description", "A token of a user. Every role may vote. Writing needs the role editor or admin. Managing apps and the tokens of others needs the role admin. Reads refuse invalid credentials, too."},
		}},
		{signed, object{
			{"type", "http"}, {"scheme", "OAuth"},
			{"description", "A request signed with OAuth 1.0a (RFC 5849), by an app alone or with a token. The method is HMAC-SHA1 or HMAC-SHA256, and the parameters are in this header or in the query. " +
				"Sign the public URL of the server. A timestamp may differ by 300 s from the server's time, and a nonce may be used once. A request over its rate limit is answered with 503."},
		}},
	}
}

// stepPaths describes the three steps by which a user lets an app act for them (RFC
// 5849, section 2). Servers have them if their public URL is https or a loopback
// address.
func (b *builder) stepPaths() object {
	token := object{{"name", "oauth_token"}, {"in", "query"}, {"required", true},
		{"description", "The request token."}, {"schema", object{{"type", "string"}}}}
	ask := step("askForAccess", "Show the request of an app", "The page to which an app sends the user, to approve or deny access. The page has no script and sets no cookie.",
		object{{"200", b.replies.HTMLPage("Question", "The page with the question.")}, {"404", b.replies.HTMLPage("NothingToApprove", "The request token is unknown, already decided, or expired.")}}, list{})
	decide := step("decideAccess", "Approve or deny", "The page sends this form. To approve, the user enters one of their bearer tokens.",
		object{
			{"200", b.replies.HTMLPage("Decided", "Decided. For an app without a callback, the page shows the verifier.")},
			{"303", b.replies.BackToApp()},
			{"400", b.replies.HTMLPage("MalformedForm", "The form is malformed.")},
			{"403", b.replies.HTMLPage("NotApproved", "The bearer token is unknown.")},
			{"404", b.replies.HTMLPage("NothingToApprove", "The request token is unknown, already decided, or expired.")},
		}, list{}).With("requestBody", decision())
	return object{
		{flow.RequestTokenPath, object{{"post", step("createRequestToken", "Get a request token",
			"The app signs the request without a token. `oauth_callback` is the URL to which the user returns, or `oob` for none.", b.replies.Tokens("RequestToken", true), list{object{{signed, list{}}}})}}},
		{flow.AuthorizePath, object{{"get", ask.With("parameters", list{token})}, {"post", decide}}},
		{flow.AccessTokenPath, object{{"post", step("exchangeRequestToken", "Exchange an approved request token for a token",
			"The app signs the request with the request token, and sends the verifier as `oauth_verifier`. The new token acts for the user until it is revoked.", b.replies.Tokens("AccessToken", false), list{object{{signed, list{}}}})}}},
	}
}

// step describes one of the steps. The replies are those beside the errors that all
// steps have.
func step(id, summary, text string, replies object, security list) object {
	return object{
		{"operationId", id}, {"tags", list{operation.OAuthTag}}, {"summary", summary}, {"description", text},
		{"responses", append(replies, reply.Problems(http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable)...)},
		{"security", security},
	}
}

// decision describes the form that the page sends.
func decision() object {
	text := object{{"type", "string"}}
	schema := object{
		{"type", "object"}, {"required", list{"oauth_token", "decision"}},
		{"properties", object{
			{"oauth_token", text}, {"decision", object{{"type", "string"}, {"enum", list{"approve", "deny"}}}},
			{"token", object{{"type", "string"}, {"description", "A bearer token of the user. Required to approve."}}},
		}},
	}
	return object{{"required", true}, {"content", model.Content("application/x-www-form-urlencoded", schema, object{{"oauth_token", "EXAMPLE"}, {"decision", "deny"}})}}
}
