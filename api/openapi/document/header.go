package document

// requestHeader describes a header of requests. Without a pattern it is any text.
type requestHeader struct{ name, doc, pattern, example string }

// requestHeaders are those that operations take beside the credentials.
var requestHeaders = []requestHeader{
	{"If-None-Match", "Entity tags that the client has: a match is answered 304.", "", `"42-9f86d081884c7d65"`},
	{"If-Modified-Since", "When the client's copy was current, to the second. It only counts without If-None-Match.", "", "Wed, 31 Dec 2014 23:59:00 GMT"},
	{"If-Match", "The entity tag of the object as it was read, or *. Another version is answered 412. Other conditions are refused where something is written.", "", `"42-9f86d081884c7d65"`},
	{"Prefer", "return=minimal wants no body in the reply, return=representation wants one.", "", "return=minimal"},
	{"Idempotency-Key", "A key of the client's choice. Sent again with the same body within 24 hours, the stored answer is replayed.", `^[!-~]{1,255}$`, "8e03978e-40d5-43e8-bc93-6894a57f9324"},
	{"Min-Version", "A Catalogue-Version: the read is answered from a state at or after it, or 503 when that does not come within 2 s.", `^(0|[1-9][0-9]{0,99})$`, "42"},
	{"X-Request-Id", "An id that the logs and the reply shall carry. One of another form, or from no trusted proxy, is replaced.", "", "f00-42"},
}

// takes describes the named request headers. Their examples are in the words: a
// page to try requests on would send them otherwise.
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
