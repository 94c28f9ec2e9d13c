package oauth1

import "fmt"

// Reason is the reason for a refusal, in the words of the extension "OAuth Problem
// Reporting", which clients may know.
type Reason string

// The reasons. Consumer keys, tokens and nonces are sent in the clear and are no
// secrets, so a refusal may say that one is unknown or used. A refusal says nothing
// about secrets: every wrong signature has the same reason, and TokenRevoked needs a
// valid signature.
const (
	// ParameterAbsent: a required protocol parameter is missing or empty.
	ParameterAbsent Reason = "parameter_absent"
	// ParameterRejected: the header or a protocol parameter is malformed, repeated, or
	// in two places.
	ParameterRejected Reason = "parameter_rejected"
	// VersionRejected: oauth_version is not 1.0.
	VersionRejected Reason = "version_rejected"
	// SignatureMethodRejected: the signature method is not supported.
	SignatureMethodRejected Reason = "signature_method_rejected"
	// TimestampRefused: the timestamp is outside the window around the server's time.
	// The refusal has that time, so that a client can correct its clock.
	TimestampRefused Reason = "timestamp_refused"
	// ConsumerKeyUnknown: no app has the consumer key, or the app was revoked.
	ConsumerKeyUnknown Reason = "consumer_key_unknown"
	// TokenRejected: the app has no such token, or the token has expired.
	TokenRejected Reason = "token_rejected"
	// SignatureInvalid: the signature is not the one of this request.
	SignatureInvalid Reason = "signature_invalid"
	// BodyHashInvalid: the signature is valid, but oauth_body_hash is not the hash of the
	// body. The extension has no word for it; this one is common.
	BodyHashInvalid Reason = "body_hash_invalid"
	// TokenRevoked: the signature is valid, but the token was revoked.
	TokenRevoked Reason = "token_revoked"
	// NonceUsed: the signature is valid, but the nonce was already used.
	NonceUsed Reason = "nonce_used"
	// VerifierInvalid: the request token was not approved, or the verifier is wrong.
	VerifierInvalid Reason = "verifier_invalid"
	// UserRefused: the user has denied access. Only callbacks have it.
	UserRefused Reason = "user_refused"
)

// Refusal is the error of a request with bad OAuth credentials.
type Refusal struct {
	Reason Reason
	// Detail says what is wrong, for the client.
	Detail string
}

// Error returns the reason and the detail.
func (r *Refusal) Error() string { return "oauth: " + string(r.Reason) + ": " + r.Detail }

// NewRefusal returns a refusal with a detail.
func NewRefusal(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}
