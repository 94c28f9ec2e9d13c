package requestlog

import (
	"net/http"
	"strings"

	"marquee/cache/timing"
)

const (
	// maxValue is the length of a parameter's value from which it is cut, in bytes of its
	// escaped form. It has room for 40 Latin or 13 Japanese letters.
	maxValue = 120
	// maxTarget is the length from which a target is cut: a path may be as long as a client
	// likes.
	maxTarget = 2048
	// cut is what stands for the rest.
	cut = "…"
)

// shortened returns a target with long values cut.
func shortened(target string) string {
	path, query, ok := strings.Cut(target, "?")
	if ok {
		pairs := strings.Split(query, "&")
		for i, pair := range pairs {
			name, value, _ := strings.Cut(pair, "=")
			if len(value) > maxValue {
				pairs[i] = name + "=" + upTo(value, maxValue) + cut
			}
		}
		path += "?" + strings.Join(pairs, "&")
	}
	if len(path) > maxTarget {
		path = upTo(path, maxTarget) + cut
	}
	return path
}

// upTo returns the first n bytes of an escaped text, less where they would end inside of
// an escaped character.
func upTo(text string, n int) string {
	if i := strings.LastIndexByte(text[:n], '%'); i > n-3 {
		n = i // a whole escape has three bytes
	}
	for n >= 3 && continues(text[n:]) {
		n -= 3
	}
	return text[:n]
}

// continues reports whether a text begins with the escape of a byte that continues a
// character of UTF-8: %80 to %BF.
func continues(text string) bool {
	return len(text) > 1 && text[0] == '%' && strings.IndexByte("89ABab", text[1]) >= 0
}

// Measure adds times to requests that have none yet. The cache begins the times of the
// reads that it plans; this is for all other requests.
func Measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if timing.From(r.Context()) == nil {
			r = r.WithContext(timing.With(r.Context(), ""))
		}
		next.ServeHTTP(w, r)
	})
}
