package stream

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// MediaType is the media type of a stream of server-sent events.
const MediaType = "text/event-stream"

// Wanted reports whether a request accepts a stream rather than JSON (RFC 9110, section
// 12.5.1). An endless answer must be asked for by its name. Of two equal weights the one
// that is named wins, and JSON if both are.
func Wanted(header http.Header) bool {
	var stream, json preference
	for item := range strings.SplitSeq(strings.Join(header["Accept"], ","), ",") {
		name, weight, ok := parseItem(item)
		if !ok {
			continue
		}
		switch name {
		case MediaType:
			stream = preference{weight, exact}
		case "application/json":
			json = preference{weight, exact}
		case "application/*":
			json.fallBack(preference{weight, partial})
		case "*/*":
			json.fallBack(preference{weight, wildcard})
		}
	}
	if stream.weight > 0 && stream.weight == json.weight {
		return json.form != exact
	}
	return stream.weight > json.weight
}

// The forms in which a media type is given, the least precise first.
const (
	none = iota
	wildcard
	partial
	exact
)

// preference is the weight of a media type, and the form of the item that gives it.
type preference struct {
	weight float64
	form   int
}

// fallBack sets the preference unless a more precise item has set it.
func (p *preference) fallBack(to preference) {
	if p.form < to.form {
		*p = to
	}
}

// parseItem parses an item of Accept. It is not ok if the item is malformed.
func parseItem(item string) (name string, weight float64, ok bool) {
	name, parameters, err := mime.ParseMediaType(item)
	if err != nil {
		return "", 0, false
	}
	q, given := parameters["q"]
	if !given {
		return name, 1, true
	}
	weight, err = strconv.ParseFloat(q, 64)
	return name, weight, err == nil && weight >= 0 && weight <= 1
}
