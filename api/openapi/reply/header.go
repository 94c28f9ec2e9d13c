package reply

import "slices"

// header describes a header of replies. Without a pattern it is any text.
type header struct{ name, doc, pattern, example string }

// replyHeaders are those of replies.
var replyHeaders = []header{
	{"ETag", "Strong entity tag of this form of the resource. If-Match compares the version in an object's tag.", `^"[^"]+"$`, `"42-9f86d081884c7d65"`},
	{"Last-Modified", "When the object was last written.", "", "Wed, 31 Dec 2014 23:59:00 GMT"},
	{"Cache-Control", "How long the reply may be kept: by browsers, then by shared caches (s-maxage), and for how long these may use it while they ask anew or when they get no answer (RFC 5861).", "", "public, max-age=0, s-maxage=10, stale-while-revalidate=30, stale-if-error=43200"},
	{"Age", "Seconds since the reply was made or last found unchanged (RFC 9111).", `^[0-9]+$`, "12"},
	{"Cache-Status", "Whether the reply was kept, and why not (RFC 9211). Every kept reply was held against the log of changes.", "", "Marquee; hit; ttl=588"},
	{"Surrogate-Key", "What the reply shows, for shared caches that purge by key: the noun's plural in lists, and each object.", "", "movies movie-7 movie-12"},
	{"Link", "The first page, the one before and the next (RFC 8288). The next page is known by a cursor.", "", `</2.0/movies?limit=10>; rel="first"`},
	{"Location", "The path of the new object.", `^/`, "/2.0/movies/7"},
	{"Preference-Applied", "The preference that was honoured.", "", "return=minimal"},
	{"Catalogue-Version", "The version of the catalogue that the write made; of votes and views, which make none, the present one.", `^[0-9]+$`, "42"},
	{"Idempotency-Replayed", "true: an earlier request with this Idempotency-Key made the object.", `^true$`, "true"},
	{"X-Request-Id", "The id under which the request is logged. An object or a list tells it only where a trusted proxy gave it.", `^[A-Za-z0-9._-]{1,64}$`, "f00-42"},
	{"RateLimit", "How many units the caller may still spend, and in how many seconds there is one more; only where callers are limited, and not in replies that others may be given.", "", `"address";r=598;t=1`},
	{"RateLimit-Policy", "How many units the caller may spend in how many seconds; only where callers are limited, and not in replies that others may be given.", "", `"address";q=600;w=60`},
	{"Retry-After", "Seconds after which to try again.", `^[0-9]+$`, "2"},
	{"WWW-Authenticate", "Which credentials are taken.", "", `Bearer realm="marquee"`},
	{"Allow", "The methods of the path.", "", "GET, HEAD, OPTIONS"},
	{"Accept-Encoding", "The only content coding that is taken.", "", "identity"},
	{"X-Content-Type-Options", "The reply is nothing else than its Content-Type says.", `^nosniff$`, "nosniff"},
	{"Access-Control-Allow-Origin", "Scripts of every origin may read replies.", `^\*$`, "*"},
	{"Access-Control-Allow-Methods", "The methods that scripts may use.", "", "GET, HEAD, OPTIONS"},
	{"Access-Control-Allow-Headers", "The headers that scripts may send.", "", "Authorization, Content-Type"},
	{"Access-Control-Max-Age", "For how many seconds a browser may keep this answer.", `^[0-9]+$`, "86400"},
}

func (h header) schema() object {
	o := object{{"type", "string"}}
	if h.pattern != "" {
		o = o.With("pattern", h.pattern)
	}
	return o
}

// gives describes the named headers of a reply that counts on a limit; those
// behind a ? may be absent.
func (b *Builder) gives(names ...string) object {
	return b.givesFree(append(names, "?RateLimit", "?RateLimit-Policy")...)
}

// givesFree describes those of a reply that costs nothing.
func (b *Builder) givesFree(names ...string) object {
	var out object
	id := "X-Request-Id"
	if slices.Contains(names, age) { // what is kept says it only to who gave one
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

// object describes the header as a component.
func (h header) object(required bool) object {
	o := object{{"description", h.doc}}
	if required {
		o = o.With("required", true)
	}
	return o.With("schema", h.schema()).With("example", h.example)
}
