package openapi_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"

	"marquee/api"
	"marquee/storage"
)

func init() {
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.PlainBodyDecoder)
}

// prunedTail is the end of a log whose beginning is pruned, so that a stream ends.
type prunedTail struct{}

func (prunedTail) Version() int64         { return 9 }
func (prunedTail) Grown() <-chan struct{} { return nil }
func (prunedTail) After(storage.LogPosition, func(*storage.Change) bool) (int64, bool) {
	return 0, false
}

// The replies of a stream match the document.
func TestStreamsMatchDocument(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: catalogue{}, Tail: prunedTail{}})
	ask := func(method, query string, headers ...string) *answer {
		return s.do(method, "/2.0/changes"+query, "", append([]string{"Accept", "text/event-stream"}, headers...)...)
	}
	want := ":\n\nevent: resync\ndata: {\"since\":5,\"version\":9}\n\n"
	for _, a := range []*answer{ask("GET", "?since=3"), ask("GET", "?since=0&noun=genres", "Last-Event-ID", "4")} {
		if a.want(200); string(a.body) != want || a.header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%s: got %s %q", a.name, a.header.Get("Content-Type"), a.body)
		}
	}
	ask("HEAD", "").want(200)
	ask("GET", "?since=0", "Last-Event-ID", "x").wantStatus(400)
	ask("GET", "?since=0&limit=3").wantStatus(400)
	ask("GET", "?noun=genre").wantInvalid(400)
}
