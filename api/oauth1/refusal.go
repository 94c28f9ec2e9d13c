package oauth1

import "fmt"

// Reason says why a request was refused, in the words of the extension "OAuth
// Problem Reporting", which clients may know.
type Reason string

// The reasons. Consumer keys, tokens and nonces travel in the clear with every
// request and are no secrets: that one is unknown or used may be told. Of the
// secrets a refusal tells nothing: a wrong signature is never said to be nearly
// right, and that a token was revoked learns only who can sign with it.
const (
	// ParameterAbsent: a protocol parameter that is required is missing or empty.
	ParameterAbsent Reason = "parameter_absent"
	// ParameterRejected: the header or a protocol parameter is malformed, given
	// twice or in two places.
	ParameterRejected Reason = "parameter_rejected"
	// VersionRejected: oauth_version is not 1.0.
	VersionRejected Reason = "version_rejected"
	// SignatureMethodRejected: the signature method is none that is taken.
	SignatureMethodRejected Reason = "signature_method_rejected"
	// TimestampRefused: the timestamp lies outside the window around the server's
	// time. The refusal tells that time, so that a client can set its clock.
	TimestampRefused Reason = "timestamp_refused"
	// ConsumerKeyUnknown: no app has the consumer key, or the app was revoked.
	ConsumerKeyUnknown Reason = "consumer_key_unknown"
	// TokenRejected: the app was given no such token, or the token has expired.
	TokenRejected Reason = "token_rejected"
	// SignatureInvalid: the signature is not the one of this request.
	SignatureInvalid Reason = "signature_invalid"
	// TokenRevoked: the signature holds, but the token was revoked.
	TokenRevoked Reason = "token_revoked"
	// NonceUsed: the signature holds, but a request with this nonce came before.
	NonceUsed Reason = "nonce_used"
	// VerifierInvalid: the request token was not approved, or the verifier is not
	// the one that the user was given.
	VerifierInvalid Reason = "verifier_invalid"
	// UserRefused is what a callback learns when the user has said no.
	UserRefused Reason = "user_refused"
)

// Refusal is the error of a request whose OAuth credentials are bad.
type Refusal struct {
	Reason Reason
	// Detail says what is wrong in a sentence for the client.
	Detail string
}

// Error joins the reason and the detail.
func (r *Refusal) Error() string { return "oauth: " + string(r.Reason) + ": " + r.Detail }

// NewRefusal returns a refusal with a detail.
func NewRefusal(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}
