package openapi

import "net/http"

// problemTable has every error that the API answers with. Of 400 there are
// several kinds, which share a component.
var problemTable = []problem{
	{
		status: http.StatusBadRequest, name: "InvalidRequest",
		doc:  "A parameter, header or body is bad: errors says which and why, all at once.",
		slug: "invalid-parameter", title: "Invalid parameter", detail: "limit must be an integer from 1 to 100",
		faults:    []fault{{parameter: "limit", value: "0", reason: "must be an integer from 1 to 100", allowed: "1-100"}},
		corrected: "/2.0/movies?limit=1",
	},
	{
		status: http.StatusBadRequest, name: "InvalidRequest",
		slug: "invalid-body", title: "Invalid body", detail: "/movie/titel is not a field of this object",
		faults: []fault{{pointer: "/movie/titel", reason: "is not a field of this object", nearest: "title"}},
	},
	{
		status: http.StatusBadRequest, name: "InvalidRequest",
		slug: "invalid-header", title: "Invalid header", detail: "Idempotency-Key must be one key of 1 to 255 visible ASCII characters",
		faults: []fault{{parameter: "Idempotency-Key", value: "a b", reason: "must be one key of 1 to 255 visible ASCII characters"}},
	},
	{
		status: http.StatusUnauthorized, name: "Unauthorized", headers: []string{"WWW-Authenticate"},
		doc:  "Credentials are needed, or those that were sent are not known.",
		slug: "unauthorized", title: "Credentials needed", detail: "this needs credentials: Authorization: Bearer <token>",
	},
	{
		status: http.StatusForbidden, name: "Forbidden", headers: []string{"?WWW-Authenticate"},
		doc:  "The credentials do not allow this, or an OAuth signature is bad.",
		slug: "forbidden", title: "Not allowed", detail: `the role "reader" may not write`,
	},
	{
		status: http.StatusNotFound, name: "NotFound",
		doc:  "There is no such object, or not under that parent.",
		slug: "not-found", title: "Not found", detail: "there is no movie 7 here",
	},
	{
		status: http.StatusMethodNotAllowed, name: "MethodNotAllowed", headers: []string{"Allow"},
		doc:  "The path does not take this method: Allow lists those that it takes.",
		slug: "method-not-allowed", title: "Method not allowed", detail: "GET is not possible here; allowed: OPTIONS, POST (read movies from /2.0/movies)",
	},
	{
		status: http.StatusConflict, name: "Conflict",
		doc:  "A value is taken by another object, this one is still in use, or the first request with the Idempotency-Key is still in flight.",
		slug: "conflict", title: "Conflict", detail: "imdb_id tt0041959 is taken by another movie",
		faults: []fault{{pointer: "/movie/imdb_id", value: "tt0041959", reason: "is taken by another movie"}},
	},
	{
		status: http.StatusPreconditionFailed, name: "PreconditionFailed",
		doc:  "If-Match names another version than the current one.",
		slug: "precondition-failed", title: "Precondition failed", detail: "the object has changed since it was read",
	},
	{
		status: http.StatusRequestEntityTooLarge, name: "BodyTooLarge",
		doc:  "The body is larger than a mebibyte.",
		slug: "body-too-large", title: "Body too large", detail: "the body is larger than 1048576 bytes",
	},
	{
		status: http.StatusRequestURITooLong, name: "QueryTooLong",
		doc:  "The query string is longer than 8 KiB.",
		slug: "query-too-long", title: "Query too long", detail: "the query string has 9000 bytes, at most 8192 are taken",
	},
	{
		status: http.StatusUnsupportedMediaType, name: "UnsupportedMediaType", headers: []string{"?Accept-Encoding"},
		doc:  "The body is not sent as application/json.",
		slug: "unsupported-media-type", title: "Unsupported media type", detail: "the body needs Content-Type: application/json",
	},
	{
		status: http.StatusUnprocessableEntity, name: "IdempotencyKeyReused",
		doc:  "The Idempotency-Key came with another request before.",
		slug: "idempotency-key-reused", title: "Idempotency key reused",
		detail: "this Idempotency-Key came with another request before: use a new key for a new request",
	},
	{
		status: http.StatusPreconditionRequired, name: "PreconditionRequired",
		doc:  "If-Match is missing; only where the server is configured to want it.",
		slug: "precondition-required", title: "Precondition required",
		detail: "this write needs If-Match with the ETag of the object as it was read",
	},
	{
		status: http.StatusTooManyRequests, name: "TooManyRequests", headers: []string{"Retry-After"},
		doc:  "The app, the user or the address sends too many requests.",
		slug: "too-many-requests", title: "Too many requests", detail: "too many requests: the address may spend 600 units a minute, and this request costs 2; try again in 2 s",
	},
	{
		status: http.StatusInternalServerError, name: "InternalError",
		doc:  "A fault of the server; it is logged under the request id.",
		slug: "internal", title: "Internal error", detail: "this is a fault of ours; it was logged under the request id",
	},
	{
		status: http.StatusServiceUnavailable, name: "Unavailable", headers: []string{"?Retry-After"},
		doc:  "A fault that passes: try again. With Retry-After, a request signed by OAuth 1.0 is rate limited.",
		slug: "unavailable", title: "Temporarily unavailable", detail: "the catalogue's database cannot answer now; try again",
	},
	{
		status: http.StatusServiceUnavailable, name: "Unavailable",
		slug: "too-many-requests", title: "Too many requests",
		detail: "too many requests: the app may spend 12000 units a minute, and this request costs 5; try again in 2 s",
	},
	{
		status: http.StatusInsufficientStorage, name: "StorageQuota",
		doc:  "The user is over the storage quota.",
		slug: "storage-quota", title: "Storage quota exceeded", detail: "ed has stored 10737418000 of 10737418240 bytes, and this needs 2048 more: delete something, or have the quota raised",
		faults: []fault{{value: "10737418000", reason: "needs 2048 bytes more than the 10737418000 that are stored", allowed: "10737418240"}},
	},
}
