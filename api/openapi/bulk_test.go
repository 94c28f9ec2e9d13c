package openapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"marquee/api"
	"marquee/api/route"
	"marquee/storage"
)

// TestBulkMatchesDocument writes bulks with lines of every noun, and compares the lines
// with the schema of a line too.
func TestBulkMatchesDocument(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: store(t)})
	line := s.doc.Components.Schemas["BulkLine"].Value
	bulk := func(target string, lines []string, pairs ...string) *answer {
		t.Helper()
		for _, text := range lines {
			var v any
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				t.Fatal(err)
			}
			if err := line.VisitJSON(v); err != nil {
				t.Errorf("the line %s does not match the document: %v", text, err)
			}
		}
		return s.do("POST", route.Base+"/bulk"+target, strings.Join(lines, "\n"), append(pairs, "Content-Type", bulkMedia)...)
	}
	var creations []string
	for _, n := range storage.Nouns {
		if n.Parent() != nil {
			continue
		}
		var whole map[string]json.RawMessage
		if err := json.Unmarshal([]byte(least(t, n, "First", 1, nil)), &whole); err != nil {
			t.Fatal(err)
		}
		creations = append(creations, fmt.Sprintf(`{"op":"create","noun":%q,"object":%s}`, n.Name, whole[n.Name]))
	}
	bulk("", creations, "Idempotency-Key", "one").want(200)
	bulk("?dry_run=true", []string{`{"op":"create","noun":"movie","object":{"title":"A"}}`}).want(200)
	bulk("", creations, "Idempotency-Key", "one").want(200)
	bulk("", creations[:1], "Idempotency-Key", "one").want(422)
	bulk("", creations).want(409)
	bulk("", []string{`{"op":"update","noun":"movie","id":"1","if_match":"\"9-0123456789abcdef\"","object":{"title":"A"}}`}).want(412)
	bulk("", []string{`{"op":"delete","noun":"movie","id":"77"}`}).want(404)
	bulk("", []string{`{"op":"update","noun":"movie","id":"1","object":{"title":"A"}}`, `{"op":"delete","noun":"movie","id":"1"}`}).want(200)
	s.do("POST", route.Base+"/bulk", `{"op":"make"}`, "Content-Type", bulkMedia).want(400)
	s.do("POST", route.Base+"/bulk", "", "Content-Type", bulkMedia).wantInvalid(400)
	s.do("POST", route.Base+"/bulk?dry_run=1", creations[0], "Content-Type", bulkMedia).wantStatus(400)
	s.do("POST", route.Base+"/bulk", creations[0]).wantInvalid(415)
	bulk("", creations, "Authorization", "").wantInvalid(401)
	s.do("POST", route.Base+"/bulk", creations[0]+strings.Repeat(" ", 8<<20), "Content-Type", bulkMedia).wantInvalid(413)
}
