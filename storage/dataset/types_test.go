package dataset_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestMembersOfAWrongTypeAreNamed replaces each member of real items by values of other
// types, and by null, which stands for an absent member.
func TestMembersOfAWrongTypeAreNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ format, item string }{
		{"wikipedia", `{"title":"A","year":1951,"cast":["Ann Day","Bo Lee"],"genres":["Drama"],"href":"A_(film)","extract":"A is a 1951 film.",
			"thumbnail":"https://p.example/a.jpg","thumbnail_width":320,"thumbnail_height":480}`},
		{"tvmaze", show},
		{"tvmaze", `{"id":11,"url":"https://tv.example/episodes/11/the-show-1x02-one","name":"E","season":1,"number":2,"airdate":"1991-02-01","runtime":25,
			"rating":{"average":8},"image":{"medium":"https://i.example/m.jpg","original":"https://i.example/o.jpg"},"summary":"<p>Words.</p>",
			"_links":{"show":{"href":"https://api.tv.example/shows/5"}}}`},
	} {
		var item map[string]any
		if err := json.Unmarshal([]byte(tt.item), &item); err != nil {
			t.Fatal(err)
		}
		for _, m := range membersOf(item, "") {
			for _, wrong := range []any{true, 7.5, "%", []any{true}, map[string]any{"x": true}} {
				_, isObject := wrong.(map[string]any)
				if fmt.Sprintf("%T", wrong) == fmt.Sprintf("%T", m.value) || m.value == nil && isObject {
					continue // of the right type
				}
				m.in[m.name] = wrong
				if len(dropped(t, tt.format, item)) == 0 {
					t.Errorf("%s: nothing names the member %s = %v", tt.format, m.path, wrong)
				}
			}
			m.in[m.name] = nil
			for _, said := range dropped(t, tt.format, item) {
				if strings.HasPrefix(said, "dropped ") {
					t.Errorf("%s: %s = null: got %q", tt.format, m.path, said)
				}
			}
			m.in[m.name] = m.value
		}
	}
}

// memberOf is a member of an object or of one in it.
type memberOf struct {
	in    map[string]any
	name  string
	value any
	path  string
}

func membersOf(o map[string]any, path string) []memberOf {
	var out []memberOf
	for name, v := range o {
		out = append(out, memberOf{o, name, v, path + name})
		if inner, ok := v.(map[string]any); ok {
			out = append(out, membersOf(inner, path+name+".")...)
		}
	}
	return out
}

// dropped returns the refusals of the records of an item, and the repairs that drop values.
func dropped(t *testing.T, format string, item map[string]any) []string {
	t.Helper()
	data, err := json.Marshal([]any{item})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, in := range read(t, format, write(t, "items.json", string(data))) {
		if in.Refused != "" {
			out = append(out, in.Refused)
		}
		out = append(out, slices.DeleteFunc(in.Repairs, func(s string) bool { return !strings.HasPrefix(s, "dropped ") })...)
	}
	return out
}
