package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// The public reads in the log what it saw when the change was made: the object while it is
// active, the id when it no longer is, and otherwise that some collection was written.
func TestPublicLogConcealsCollections(t *testing.T) {
	t.Parallel()
	forStores(t, func(t *testing.T, s *scheduled) {
		coming := `{"from":"9000-01-01T00-00","to":"9000-01-02T00-00"}` // by the clock of the store
		s.editor.post("/2.0/collections", `{"collection":{"name":"Shown"}}`)
		s.editor.post("/2.0/collections", `{"collection":{"name":"Secret","periods":[`+coming+`]}}`)
		put := func(id, fields string) {
			s.editor.write(http.MethodPut, "/2.0/collections/"+id, `{"collection":{`+fields+`}}`).want(http.StatusOK)
		}
		put("secret", `"description":"Still a secret."`)
		put("shown", `"periods":[`+coming+`]`)
		put("shown", `"description":"A secret by now."`)
		s.editor.write(http.MethodDelete, "/2.0/collections/secret", "").want(http.StatusNoContent)
		put("shown", `"periods":[]`)
		s.editor.write(http.MethodDelete, "/2.0/collections/shown", "").want(http.StatusNoContent)
		s.editor.post("/2.0/genres", `{"genre":{"name":"Drama"}}`)

		log := func(c *client, target string) (lines []string) {
			a := askAs(c, target).want(http.StatusOK)
			list, _ := a.at("changes").([]any)
			for _, entry := range list {
				e := entry.(map[string]any)
				object := "null"
				if o, ok := e["object"].(map[string]any); ok {
					object = o["name"].(string)
				}
				lines = append(lines, fmt.Sprint(e["version"], " ", e["operation"], " ", e["noun"], " ", e["ids"], " ", object))
			}
			return lines
		}
		want := []string{
			"1 create collection [shown] Shown",
			"2 create collection [] null",
			"3 update collection [] null",
			"4 update collection [shown] null",
			"5 update collection [] null",
			"6 delete collection [] null",
			"7 update collection [shown] Shown",
			"8 delete collection [shown] null",
			"9 create genre [drama] Drama",
		}
		for _, c := range []*client{s.public, s.reader} {
			if got := log(c, "/2.0/changes"); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		whole := strings.Join(log(s.editor, "/2.0/changes"), "\n")
		if strings.Contains(whole, "[]") || strings.Count(whole, "null") != 2 {
			t.Errorf("an editor reads\n%s", whole)
		}
		var followed []string
		for target := "/2.0/changes?limit=2"; target != ""; target = s.public.get(target).links()["next"] {
			followed = append(followed, log(s.public, target)...)
		}
		if strings.Join(followed, "\n") != strings.Join(want, "\n") {
			t.Errorf("page by page:\n%s", strings.Join(followed, "\n"))
		}
	})
}
