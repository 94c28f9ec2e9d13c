package problem

import (
	"net/http"

	"marquee/storage"
)

// Kind is a row of the table of problems. All problems of a kind have the same
// status, type and title.
type Kind struct {
	Status int
	// Slug is the last segment of the type.
	Slug, Title string
}

// The kinds of problem.
var (
	InvalidParameter     = Kind{http.StatusBadRequest, "invalid-parameter", "Invalid parameter"}
	InvalidBody          = Kind{http.StatusBadRequest, "invalid-body", "Invalid body"}
	MalformedRequest     = Kind{http.StatusBadRequest, "malformed-request", "Malformed request"}
	InvalidHeader        = Kind{http.StatusBadRequest, "invalid-header", "Invalid header"}
	Unauthorized         = Kind{http.StatusUnauthorized, "unauthorized", "Credentials needed"}
	Forbidden            = Kind{http.StatusForbidden, "forbidden", "Not allowed"}
	NotFound             = Kind{http.StatusNotFound, "not-found", "Not found"}
	MethodNotAllowed     = Kind{http.StatusMethodNotAllowed, "method-not-allowed", "Method not allowed"}
	Conflict             = Kind{http.StatusConflict, "conflict", "Conflict"}
	PreconditionFailed   = Kind{http.StatusPreconditionFailed, "precondition-failed", "Precondition failed"}
	BodyTooLarge         = Kind{http.StatusRequestEntityTooLarge, "body-too-large", "Body too large"}
	QueryTooLong         = Kind{http.StatusRequestURITooLong, "query-too-long", "Query too long"}
	UnsupportedMediaType = Kind{http.StatusUnsupportedMediaType, "unsupported-media-type", "Unsupported media type"}
	ExpectationFailed    = Kind{http.StatusExpectationFailed, "expectation-failed", "Expectation failed"}
	KeyReused            = Kind{http.StatusUnprocessableEntity, "idempotency-key-reused", "Idempotency key reused"}
	TooManyRequests      = Kind{http.StatusTooManyRequests, "too-many-requests", "Too many requests"}
	PreconditionRequired = Kind{http.StatusPreconditionRequired, "precondition-required", "Precondition required"}
	HeadersTooLarge      = Kind{http.StatusRequestHeaderFieldsTooLarge, "headers-too-large", "Headers too large"}
	Internal             = Kind{http.StatusInternalServerError, "internal", "Internal error"}
	NotImplemented       = Kind{http.StatusNotImplemented, "not-implemented", "Not implemented"}
	Unavailable          = Kind{http.StatusServiceUnavailable, "unavailable", "Temporarily unavailable"}
	VersionNotSupported  = Kind{http.StatusHTTPVersionNotSupported, "version-not-supported", "Version not supported"}
	StorageQuota         = Kind{http.StatusInsufficientStorage, "storage-quota", "Storage quota exceeded"}
	// TooManySigned is TooManyRequests for a signed request: the contract answers
	// OAuth 1.0 clients with 503.
	TooManySigned = Kind{http.StatusServiceUnavailable, "too-many-requests", "Too many requests"}
)

// kinds maps the store's error codes. A storage.Invalid with faults of
// parameters becomes InvalidParameter.
var kinds = map[storage.Code]Kind{
	storage.Internal:           Internal,
	storage.Invalid:            InvalidBody,
	storage.NotFound:           NotFound,
	storage.Conflict:           Conflict,
	storage.PreconditionFailed: PreconditionFailed,
	storage.KeyReused:          KeyReused,
	storage.Unavailable:        Unavailable,
	storage.QuotaExceeded:      StorageQuota,
}
