package stream_test

import (
	"net/http"
	"testing"

	"marquee/api/stream"
)

func TestWanted(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]bool{
		"":                                                     false,
		"text/event-stream":                                    true,
		"TEXT/Event-Stream; charset=utf-8":                     true,
		"text/event-stream;q=0":                                false,
		"text/event-stream;q=0.001":                            true,
		"application/json":                                     false,
		"application/json, text/event-stream":                  false,
		"text/event-stream, application/json":                  false,
		"text/event-stream, */*":                               true,
		"text/event-stream, application/*":                     true,
		"text/event-stream;q=0.9, */*":                         false,
		"application/json;q=0.5, text/event-stream;q=0.6":      true,
		"application/json;q=0.1, */*, text/event-stream;q=0.5": true,
		"*/*, application/json;q=0, text/event-stream;q=0.1":   true,
		"application/*;q=0.2, */*, text/event-stream;q=0.5":    true,
		"*/*":                                false,
		"text/*":                             false,
		"text/html, */*;q=0.8":               false,
		"image/png":                          false,
		"text/event-stream;q=2":              false,
		"text/event-stream;q=x":              false,
		"text/event-stream;q=-1, ,;;,/":      false,
		"bad item/, text/event-stream;q=0.3": true,
	} {
		if got := stream.Wanted(http.Header{"Accept": {accept}}); got != want {
			t.Errorf("%q: got %v", accept, got)
		}
	}
	if !stream.Wanted(http.Header{"Accept": {"application/json;q=0.5", "text/event-stream"}}) || stream.Wanted(http.Header{}) {
		t.Error("several headers, or none")
	}
}
