package body_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/api/body"
	"marquee/storage"
	"marquee/storage/edit"
)

// tagged accepts quoted texts as conditions.
func tagged(text string) (edit.Condition, bool) {
	return edit.Condition{Match: []int64{7}}, strings.HasPrefix(text, `"`)
}

// faultsOf returns the faults of a line as "pointer reason", as a client sees them.
func faultsOf(l *body.Line) []string {
	faults := l.Faults
	if l.Write != nil && l.Write.Edit != nil {
		applied := l.Write.Edit.Faults
		if l.Write.Operation == storage.Create {
			_, applied = l.Write.Edit.Apply(storage.NewDocument(l.Write.Noun), true)
		}
		faults = l.Explain(storage.InvalidObject(l.Write.Noun, applied))
		if len(applied) == 0 {
			faults = nil
		}
	}
	var out []string
	for _, f := range faults {
		text := f.Pointer + " " + f.Reason
		if f.Nearest != "" {
			text += " (" + f.Nearest + ")"
		}
		out = append(out, text)
	}
	return out
}

func TestLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		want []string
	}{
		{`{"op":"create","noun":"movie","object":{"title":"A"}}`, nil},
		{` {"op":"create","noun":"movie","id":null,"if_match":null,"object":{"title":"A"}}` + "\r", nil},
		{`{"op":"create","noun":"genre","id":"drama","object":{"name":"Other"}}`, nil},
		{`{"op":"create","noun":"genre","id":"drama","object":{"id":"drama","name":"Other"}}`, nil},
		{`{"op":"update","noun":"movie","id":"7","if_match":"\"9-0\"","object":{}}`, nil},
		{`{"op":"delete","noun":"movie","id":"7"}`, nil},
		{`{"op":"create","noun":"movie","object":{"titel":"A","duration":"x"}}`, []string{"/object/titel is not a field of this object (title)", "/object/duration must be a whole number from 0 to 100000", "/object/title is required"}},
		{`{"op":"create","noun":"movie","id":"7","object":{}}`, []string{"/id must be left out: the server gives the id of a new movie", "/object/title is required"}},
		{`{"op":"create","noun":"genre","id":"No Slug","object":{"name":"A"}}`, []string{"/id must be a slug"}},
		{`{"op":"create","noun":"genre","id":"a","object":{"id":"b","name":"A"}}`, []string{"/id differs from the id in the object, b"}},
		{`{"op":"create","noun":"movie","if_match":"\"9-0\"","object":{"title":"A"}}`, []string{"/if_match must be left out: a creation has no earlier state"}},
		{`{"op":"create","noun":"movie","object":{"title":"A","title":"B"}}`, []string{"/object/title is given twice"}},
		{`{"op":"create","op":"delete","noun":"movie","object":{"title":"A"}}`, []string{"/op is given twice"}},
		{`{"op":"create","noun":"movie","objekt":{"title":"A"}}`, []string{"/objekt is not a member of a line (object)", "/object is required"}},
		{`{"op":"create","noun":"movie","object":[]}`, []string{"/object must be an object"}},
		{`{"op":"upsert","noun":"movies","object":{}}`, []string{"/op must be one of create, update, delete", "/noun must be one of (movie)"}},
		{`{"op":1,"noun":true,"id":7}`, []string{"/op must be a text", "/noun must be a text", "/id must be a text"}},
		{`{}`, []string{"/op is required", "/noun is required"}},
		{`{"op":"update","noun":"movie","object":{"tittle":"A"}}`, []string{"/id is required", "/object/tittle is not a field of this object (title)"}},
		{`{"op":"update","noun":"movie","id":"x","object":{"title":"A"}}`, []string{"/id must be a decimal number"}},
		{`{"op":"update","noun":"movie","id":"7"}`, []string{"/object is required"}},
		{`{"op":"update","noun":"movie","id":"7","if_match":"9-0","object":{}}`, []string{"/if_match must be the ETag of a reply"}},
		{`{"op":"delete","noun":"movie","id":"7","object":{}}`, []string{"/object must be left out: a deletion has no object"}},
		{`{"op":"delete","noun":"movie","id":"07"}`, []string{"/id must be a decimal number"}},
		{`[]`, []string{" must be an object"}},
		{`{"op":"create"`, []string{" is not JSON: it ends too early (byte 15 of it)"}},
		{`{"op":"create"} {}`, []string{" is not JSON: something follows the value (byte"}},
		{``, []string{" is not JSON: it is empty"}},
		{"{\"op\":\"create\",\"noun\":\"movie\",\"object\":{\"title\":\"\xff\"}}", []string{"/object/title is not JSON: invalid UTF-8"}},
	} {
		all, err := body.ParseLines([]byte("{}\n"+c.line+"\n{}\n"), tagged)
		if err != nil || len(all) != 3 {
			t.Fatalf("%s: got %d lines, %v", c.line, len(all), err)
		}
		l := &all[1]
		got := faultsOf(l)
		matches := len(got) == len(c.want)
		for i := range min(len(got), len(c.want)) {
			before, nearest, _ := strings.Cut(c.want[i], " (")
			matches = matches && strings.HasPrefix(got[i], before) && (nearest == "" || strings.HasSuffix(got[i], nearest) || strings.Contains(got[i], nearest))
		}
		if !matches {
			t.Errorf("%s (-want +got):\n%s", c.line, cmp.Diff(c.want, got))
		}
		if (l.Write == nil) != (len(l.Faults) > 0) {
			t.Errorf("%s: got the write %v and the faults %v", c.line, l.Write, l.Faults)
		}
	}
}

func TestNumberOfLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                  "the body is missing; it must have lines",
		"\n":                                "the body is missing; it must have lines",
		" \r\n":                             "the body is missing; it must have lines",
		strings.Repeat("{}\n", 1001):        "the body must have at most 1000 lines, it has 1001",
		strings.Repeat("{}\n", 1000) + "{}": "it has 1001",
	} {
		if _, err := body.ParseLines([]byte(text), tagged); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q: got %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{"{}", "{}\n", strings.Repeat("{}\n", 1000), strings.Repeat("{}\n", 999) + "{}"} {
		if all, err := body.ParseLines([]byte(text), tagged); err != nil || len(all) != strings.Count(text, "{}") {
			t.Errorf("%.10q: got %d lines, %v", text, len(all), err)
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte(`{"op":"create","noun":"genre","id":"a","object":{"name":"A"}}`))
	f.Add([]byte(`{"op":"delete","noun":"movie","id":"7","if_match":"*"}` + "\n{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := body.ParseLines(data, tagged)
		if err != nil {
			return
		}
		for i := range all {
			if l := &all[i]; (l.Write == nil) != (len(l.Faults) > 0) || fmt.Sprint(faultsOf(l)) == "" {
				t.Errorf("line %d: got %v and %v", i+1, l.Write, l.Faults)
			}
		}
	})
}
