package document

// requestHeader describes a header of requests. Without a pattern it is any text.
type requestHeader struct{ name, doc, pattern, example string }

// requestHeaders are the headers of requests, except for credentials.
var requestHeaders = []requestHeader{
	{"If-None-Match", "Entity tags, or *. A read is answered with 304 if one is the tag of what it would send; a write with 412 if one names the current version.", "", `"42-9f86d081884c7d65"`},
	{"If-Modified-Since", "The time of the client's copy, in whole seconds. Ignored with If-None-Match.", "", "Wed, 31 Dec 2014 23:59:00 GMT"},
	{"If-Match", "Entity tags, or *. A read is answered with 412 unless one is the tag of what it would send; a write unless one names the current version.", "", `"42-9f86d081884c7d65"`},
	{"If-Unmodified-Since", "A time in whole seconds. What was modified later is answered with 412. Ignored with If-Match, and where no time of modification is known.", "", "Wed, 31 Dec 2014 23:59:00 GMT"},
	{"Prefer", "return=minimal for a reply without a body, return=representation for one with a body.", "", "return=minimal"},
	{"Idempotency-Key", "A key that the client chooses. A retry with the same key and body within 24 hours gets the stored reply.", `^[!-~]{1,255}$`, "8e03978e-40d5-43e8-bc93-6894a57f9324"},
	{"Min-Version", "A Catalogue-Version. The reply is at this version or later, or 503 if the server does not reach the version within 2 s.", `^(0|[1-9][0-9]{0,99})$`, "42"},
	{"Last-Event-ID", "For a stream: the id of the last event that the client has, which is a version. The stream continues after it, whatever since says. Ignored for JSON.", "", "42"},
	{"X-Request-Id", "An id for the server's log and for the reply. A malformed id, and one that no trusted proxy sent, is replaced.", "", "f00-42"},
}

// takes describes the named request headers. The examples are in the descriptions:
// as OpenAPI examples, the documentation page would send them.
func (b *builder) takes(names ...string) list {
	var out list
	for _, name := range names {
		for _, h := range requestHeaders {
			if h.name == name {
				text := object{{"type", "string"}}
				if h.pattern != "" {
					text = text.With("pattern", h.pattern)
				}
				out = append(out, b.parameters.Add(object{
					{"name", h.name}, {"in", "header"},
					{"description", h.doc + " Example: `" + h.example + "`."}, {"schema", text},
				}, h.name))
			}
		}
	}
	return out
}
