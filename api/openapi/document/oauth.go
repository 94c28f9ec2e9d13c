package document

import (
	"net/http"

	"marquee/api/oauth1/flow"
	"marquee/api/openapi/model"
	"marquee/api/openapi/operation"
	"marquee/api/openapi/reply"
)

// The schemes of credentials.
const (
	bearer = "bearer"
	signed = "oauth1"
)

// securitySchemes describes the credentials. OpenAPI 3.0 knows OAuth 2.0 only: the
// older one is an HTTP scheme like another, under its registered name.
func securitySchemes() object {
	return object{
		{bearer, object{
			{"type", "http"}, {"scheme", "bearer"},
			{"description", "A token of a user. Voting takes any, writing needs the role editor or admin, managing apps and the tokens of others the role admin; credentials that are bad are refused on reads too."},
		}},
		{signed, object{
			{"type", "http"}, {"scheme", "OAuth"},
			{"description", "A request signed after OAuth 1.0a (RFC 5849), by an app alone or with a token: HMAC-SHA1 or HMAC-SHA256, the parameters in this header or in the query. " +
				"What is signed is the public URL of the server. Timestamps may be 300 s off, and a nonce is taken once. Where the limit of requests is passed, the answer is 503."},
		}},
	}
}

// stepPaths describes the three steps after which an app acts for a user (RFC
// 5849, section 2). They are there where the server's public URL is https, or on
// the same machine.
func (b *builder) stepPaths() object {
	token := object{{"name", "oauth_token"}, {"in", "query"}, {"required", true},
		{"description", "The request token."}, {"schema", object{{"type", "string"}}}}
	ask := step("askForAccess", "Ask a user to let an app act for them", "The page to which an app sends the user. It runs no script and sets no cookie.",
		object{{"200", b.replies.HTMLPage("Question", "The question.")}, {"404", b.replies.HTMLPage("NothingToApprove", "The request token is not known, was decided about, or is too old.")}}, list{})
	decide := step("decideAccess", "Approve or deny", "What the page sends. Who approves shows a bearer token of their own.",
		object{
			{"200", b.replies.HTMLPage("Decided", "Decided; the page shows the verifier of an app without a callback.")},
			{"303", b.replies.BackToApp()},
			{"400", b.replies.HTMLPage("MalformedForm", "The form is malformed.")},
			{"403", b.replies.HTMLPage("NotApproved", "The bearer token is not known.")},
			{"404", b.replies.HTMLPage("NothingToApprove", "The request token is not known, was decided about, or is too old.")},
		}, list{}).With("requestBody", decision())
	return object{
		{flow.RequestTokenPath, object{{"post", step("createRequestToken", "Get a request token",
			"Signed by the app alone, with oauth_callback: where the user goes afterwards, or oob.", b.replies.Tokens("RequestToken", true), list{object{{signed, list{}}}})}}},
		{flow.AuthorizePath, object{{"get", ask.With("parameters", list{token})}, {"post", decide}}},
		{flow.AccessTokenPath, object{{"post", step("exchangeRequestToken", "Exchange a request token that was approved",
			"Signed with the request token, and with the verifier as oauth_verifier. The token acts for the user until it is revoked.", b.replies.Tokens("AccessToken", false), list{object{{signed, list{}}}})}}},
	}
}

// step describes one of the steps; what it answers comes before the errors that
// all have.
func step(id, summary, text string, answers object, security list) object {
	return object{
		{"operationId", id}, {"tags", list{operation.OAuthTag}}, {"summary", summary}, {"description", text},
		{"responses", append(answers, reply.Problems(http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable)...)},
		{"security", security},
	}
}

// decision describes the form of the page.
func decision() object {
	text := object{{"type", "string"}}
	schema := object{
		{"type", "object"}, {"required", list{"oauth_token", "decision"}},
		{"properties", object{
			{"oauth_token", text}, {"decision", object{{"type", "string"}, {"enum", list{"approve", "deny"}}}},
			{"token", object{{"type", "string"}, {"description", "A bearer token of the user, to approve."}}},
		}},
	}
	return object{{"required", true}, {"content", model.Content("application/x-www-form-urlencoded", schema, object{{"oauth_token", "EXAMPLE"}, {"decision", "deny"}})}}
}
