package reply

import (
	"marquee/api/problem"
	"marquee/storage"
)

// problemTable has every error that the API answers. Those with the same name are
// adjacent.
var problemTable = []errorReply{
	{
		name: "InvalidRequest", doc: "A parameter, a header or the body is invalid. `errors` lists every fault.",
		problem: problem.Problem{Kind: problem.InvalidParameter, Detail: "limit must be an integer from 1 to 100", Faults: []storage.Fault{{Parameter: "limit", Value: "0", Reason: "must be an integer from 1 to 100", Allowed: "1-100"}}, Corrected: "/2.0/movies?limit=1"},
	},
	{
		name:    "InvalidRequest",
		problem: problem.Problem{Kind: problem.InvalidBody, Detail: "/movie/titel is not a field of this object", Faults: []storage.Fault{{Pointer: "/movie/titel", Reason: "is not a field of this object", Nearest: "title"}}},
	},
	{
		name:    "InvalidRequest",
		problem: problem.Problem{Kind: problem.InvalidHeader, Detail: "Idempotency-Key must be one key of 1 to 255 visible ASCII characters", Faults: []storage.Fault{{Parameter: "Idempotency-Key", Value: "a b", Reason: "must be one key of 1 to 255 visible ASCII characters"}}},
	},
	{
		name: "Unauthorized", doc: "Credentials are missing or unknown.",
		headers: []string{"WWW-Authenticate"},
		problem: problem.Problem{Kind: problem.Unauthorized, Detail: "this request needs credentials: Authorization: Bearer <token>"},
	},
	{
		name: "Forbidden", doc: "The credentials do not allow this, or the OAuth signature is refused.",
		headers: []string{"?WWW-Authenticate"},
		problem: problem.Problem{Kind: problem.Forbidden, Detail: `the role "reader" may not write`},
	},
	{
		name: "NotFound", doc: "There is no such object, or the object has another parent.",
		problem: problem.Problem{Kind: problem.NotFound, Detail: "there is no movie 7 here"},
	},
	{
		name: "MethodNotAllowed", doc: "The path does not have this method. `Allow` lists its methods.",
		headers: []string{"Allow"},
		problem: problem.Problem{Kind: problem.MethodNotAllowed, Detail: "GET is not possible here; allowed: OPTIONS, POST (read movies from /2.0/movies)"},
	},
	{
		name: "Conflict", doc: "Another object has the value, the object is still in use, or the first request with the `Idempotency-Key` is still running.",
		problem: problem.Problem{Kind: problem.Conflict, Detail: "imdb_id tt0041959 is taken by another movie", Faults: []storage.Fault{{Pointer: "/movie/imdb_id", Value: "tt0041959", Reason: "is taken by another movie"}}},
	},
	{
		name: "PreconditionFailed", doc: "A condition in `If-Match`, `If-None-Match` or `If-Unmodified-Since` fails.",
		problem: problem.Problem{Kind: problem.PreconditionFailed, Detail: "the object has changed since it was read"},
	},
	{
		name: "BodyTooLarge", doc: "The body is larger than 1 MiB, or that of a bulk larger than 8 MiB.",
		problem: problem.Problem{Kind: problem.BodyTooLarge, Detail: "the body is larger than 1048576 bytes"},
	},
	{
		name: "QueryTooLong", doc: "The query string is longer than 8 KiB.",
		problem: problem.Problem{Kind: problem.QueryTooLong, Detail: "the query string has 9000 bytes; at most 8192 are allowed"},
	},
	{
		name: "UnsupportedMediaType", doc: "The body is not `application/json`, or that of a bulk not `application/x-ndjson`, or it is compressed.",
		headers: []string{"?Accept-Encoding"},
		problem: problem.Problem{Kind: problem.UnsupportedMediaType, Detail: "the body needs Content-Type: application/json"},
	},
	{
		name: "IdempotencyKeyReused", doc: "The `Idempotency-Key` was used for another request.",
		problem: problem.Problem{Kind: problem.KeyReused, Detail: "this Idempotency-Key came with another request before: use a new key for a new request"},
	},
	{
		name: "PreconditionRequired", doc: "`If-Match` is missing. Only servers configured to require it answer this.",
		problem: problem.Problem{Kind: problem.PreconditionRequired, Detail: "this write needs If-Match with the ETag of the object that you read"},
	},
	{
		name: "TooManyRequests", doc: "The app, the user or the address is over its rate limit.",
		headers: []string{"Retry-After"},
		problem: problem.Problem{Kind: problem.TooManyRequests, Detail: "too many requests: the address may spend 600 units a minute, and this request costs 2; try again in 2 s"},
	},
	{
		name: "InternalError", doc: "A fault of the server, logged with the request id.",
		problem: problem.Problem{Kind: problem.Internal, Detail: "the server failed; the cause is logged under this request id"},
	},
	{
		name: "Unavailable", doc: "A temporary fault: retry the request. With `Retry-After`, an OAuth 1.0 request is over its rate limit.",
		headers: []string{"?Retry-After"},
		problem: problem.Problem{Kind: problem.Unavailable, Detail: "the catalogue's database cannot answer now; try again"},
	},
	{
		name:    "Unavailable",
		problem: problem.Problem{Kind: problem.TooManySigned, Detail: "too many requests: the app may spend 12000 units a minute, and this request costs 5; try again in 2 s"},
	},
	{
		name: "StorageQuota", doc: "The user is over their storage quota.",
		problem: problem.Problem{Kind: problem.StorageQuota, Detail: "ed has stored 10737418000 of 10737418240 bytes, and this needs 2048 more: delete something, or have the quota raised", Faults: []storage.Fault{{Value: "10737418000", Reason: "needs 2048 bytes more than the 10737418000 that are stored", Allowed: "10737418240"}}},
	},
}
