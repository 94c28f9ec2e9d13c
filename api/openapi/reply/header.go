package reply

import (
	"slices"

	"marquee/api/openapi/model"
)

// header describes a header of replies. Without a pattern it is any text.
type header struct{ name, doc, pattern, example string }

var replyHeaders = []header{
	{"ETag", "Strong entity tag of this representation. If-Match compares the version in the tag of an object.", `^"[^"]+"$`, `"42-9f86d081884c7d65"`},
	{"Last-Modified", "When the object was last written.", "", "Wed, 31 Dec 2014 23:59:00 GMT"},
	{"Cache-Control", "How long caches may store the reply: browsers, then shared caches (s-maxage). Shared caches may use a stale reply while they revalidate it, and after errors (RFC 5861).", "", "public, max-age=0, s-maxage=10, stale-while-revalidate=30, stale-if-error=43200"},
	{"Age", "Seconds since the reply was made or last found fresh (RFC 9111).", `^[0-9]+$`, "12"},
	{"Cache-Status", "Whether the reply came from the server's cache, and if not, why (RFC 9211). Cached replies are checked against the change log.", "", "Marquee; hit; ttl=588"},
	{"Surrogate-Key", "Keys of the objects in the reply, for shared caches that purge by key. Lists also have the plural of their noun.", "", "movies movie-7 movie-12"},
	{"Link", "The first, the previous and the next page (RFC 8288). The link to the next page has a cursor.", "", `</2.0/movies?limit=10>; rel="first"`},
	{"Location", "The path of the new object.", `^/`, "/2.0/movies/7"},
	{"Preference-Applied", "The preference that the server honored.", "", "return=minimal"},
	{"Catalogue-Version", "The version of the catalogue after the write. Votes and views do not change the version.", `^[0-9]+$`, "42"},
	{"Idempotency-Replayed", "Always true: an earlier request with this Idempotency-Key created the object.", `^true$`, "true"},
	{"X-Request-Id", "The id of the request in the server's log. Objects and lists have it only if a trusted proxy sent it.", `^[A-Za-z0-9._-]{1,64}$`, "f00-42"},
	{"RateLimit", "The units that the caller has left (r), and the seconds until the next unit (t). Absent without a rate limit, and in replies that caches may share.", "", `"address";r=598;t=1`},
	{"RateLimit-Policy", "The quota of the caller in units (q), for a window in seconds (w). Absent without a rate limit, and in replies that caches may share.", "", `"address";q=600;w=60`},
	{"Retry-After", "Seconds to wait before a retry.", `^[0-9]+$`, "2"},
	{"WWW-Authenticate", "The credentials that the server accepts.", "", `Bearer realm="marquee"`},
	{"Allow", "The methods of the path.", "", "GET, HEAD, OPTIONS"},
	{"Accept-Encoding", "The only content coding that the server accepts.", "", "identity"},
	{"X-Content-Type-Options", "Forbids browsers to guess another content type.", `^nosniff$`, "nosniff"},
	{"Access-Control-Allow-Origin", "Scripts of all origins may read replies.", `^\*$`, "*"},
	{"Access-Control-Allow-Methods", "The methods that scripts may use.", "", "GET, HEAD, OPTIONS"},
	{"Access-Control-Allow-Headers", "The headers that scripts may send.", "", "Authorization, Content-Type"},
	{"Access-Control-Max-Age", "Seconds for which a browser may cache this reply.", `^[0-9]+$`, "86400"},
}

// headers describes the named headers, and those of all replies that count against
// a rate limit. A header whose name begins with ? is optional.
func (b *Builder) headers(names ...string) object {
	return b.headersUnlimited(append(names, "?RateLimit", "?RateLimit-Policy")...)
}

// headersUnlimited describes the named headers, and those of all replies. A header
// whose name begins with ? is optional.
func (b *Builder) headersUnlimited(names ...string) object {
	var out object
	id := "X-Request-Id"
	if slices.Contains(names, age) { // cached replies have it only for a proxy's id
		id = "?" + id
	}
	for _, name := range append(names, "X-Content-Type-Options", id) {
		required := name[0] != '?'
		if !required {
			name = name[1:]
		}
		for _, h := range replyHeaders {
			if h.name == name {
				out = out.With(name, b.Headers.Add(h.object(required), name, name+"-optional"))
			}
		}
	}
	return out
}

// object returns the header as a component.
func (h header) object(required bool) model.Object {
	text := object{{"type", "string"}}
	if h.pattern != "" {
		text = text.With("pattern", h.pattern)
	}
	o := object{{"description", h.doc}}
	if required {
		o = o.With("required", true)
	}
	return o.With("schema", text).With("example", h.example)
}
