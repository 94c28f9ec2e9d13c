package literal_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/dataset/literal"
	"marquee/storage/strictjson"
)

func TestParse(t *testing.T) {
	t.Parallel()
	type members = storage.Members
	tests := []struct {
		in   string
		want any
	}{
		{`[{'id': 28, 'name': 'Action'}]`, []any{members{{Name: "id", Value: json.Number("28")}, {Name: "name", Value: "Action"}}}},
		{`{"name": "Chris O'Donnell", 'x': 'say "hi"'}`, members{{Name: "name", Value: "Chris O'Donnell"}, {Name: "x", Value: `say "hi"`}}},
		{`[None, True, False, nan]`, []any{nil, true, false, nil}},
		{`[0, -1, 2.5, 1e-05, 6.02e+23, 7E3]`, []any{json.Number("0"), json.Number("-1"), json.Number("2.5"), json.Number("1e-05"), json.Number("6.02e+23"), json.Number("7E3")}},
		{`'it\'s \x41\u00e9\U0001F600 \101\0 a\qb\\ \n'`, "it's Aé\U0001F600 A\x00 a\\qb\\ \n"},
		{`'\ud83d\ude00'`, "\U0001F600"},
		{"'a\\\nb'", "ab"},
		{`u'Pусский'`, "Pусский"},
		{`U"日本語"`, "日本語"},
		{`( 'a' , )`, []any{"a"}},
		{`()`, []any{}},
		{`['a', 'b',]`, []any{"a", "b"}},
		{`{'a', 'b'}`, []any{"a", "b"}},
		{`{}`, members{}},
		{`{'a': {'b': []},}`, members{{Name: "a", Value: members{{Name: "b", Value: []any{}}}}}},
		{"\t[\r\n]\n", []any{}},
	}
	for _, tt := range tests {
		got, err := literal.Parse(tt.in)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("Parse(%s): error %v (-want +got):\n%s", tt.in, err, diff)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{``, "it ends too early (byte 1 of it)"},
		{`['a'`, "it ends too early (byte 5 of it)"},
		{`['a' 'b']`, "unexpected character '\\'' (byte 6 of it)"},
		{`[1] 2`, "unexpected character '2'"},
		{`'a`, "it ends too early"},
		{`'a\`, "it ends too early"},
		{"'a\nb'", `unexpected character '\n'`},
		{`'\ud83d'`, "an escape stands for no character"},
		{`'\ud83d\u0041'`, "an escape stands for no character"},
		{`'\xg1'`, "an escape stands for no character"},
		{`'\U00110000'`, "an escape stands for no character"},
		{`{1: 2}`, "a key is not a text"},
		{`{'a': 1, 'b'}`, "unexpected character '}'"},
		{`{'a': 1 'b': 2}`, "unexpected character '\\''"},
		{`[,]`, "unexpected character ','"},
		{`[1, , 2]`, "unexpected character ','"},
		{`true`, "unexpected character 't'"},
		{`01`, "unexpected character '0'"},
		{`1_000`, "unexpected character '1'"},
		{`__import__('os')`, "unexpected character '_'"},
		{"'\xff'", "is not valid UTF-8"},
		{strings.Repeat("[", 40), "nested deeper than 32 levels"},
		{strings.Repeat("{", 200_000), "nested deeper than 32 levels"},
	}
	for _, tt := range tests {
		v, err := literal.Parse(tt.in)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%.40s): got %v, error %v, want %q", tt.in, v, err, tt.want)
		}
	}
}

// values generates the values that JSON and Python both have.
func values() *rapid.Generator[any] {
	return rapid.Deferred(func() *rapid.Generator[any] { return valuesOf(3) })
}

func valuesOf(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 4
		if depth > 0 {
			kinds = 6
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return json.Number(rapid.StringMatching(`-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,3})?(e[+-]?[0-9]{1,2})?`).Draw(t, "number"))
		case 3:
			return rapid.String().Draw(t, "text")
		case 4:
			return rapid.SliceOfN(valuesOf(depth-1), 0, 4).Draw(t, "list")
		}
		members := storage.Members{}
		for range rapid.IntRange(0, 4).Draw(t, "size") {
			members = append(members, storage.Member{Name: rapid.String().Draw(t, "name"), Value: valuesOf(depth-1).Draw(t, "member")})
		}
		return members
	})
}

// python writes a value as Python's repr does, with a choice of quotes, escapes and spaces.
func python(t *rapid.T, v any) string {
	space := rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "space")
	switch v := v.(type) {
	case nil:
		return "None" + space
	case bool:
		return map[bool]string{true: "True", false: "False"}[v] + space
	case json.Number:
		return v.String() + space
	case string:
		return pythonText(t, v) + space
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = python(t, item)
		}
		return "[" + space + strings.Join(items, ","+space) + "]"
	}
	var items []string
	for _, m := range v.(storage.Members) {
		items = append(items, pythonText(t, m.Name)+":"+space+python(t, m.Value))
	}
	return "{" + space + strings.Join(items, ", ") + "}"
}

func pythonText(t *rapid.T, s string) string {
	quote := rapid.SampledFrom([]rune{'\'', '"'}).Draw(t, "quote")
	ascii := rapid.Bool().Draw(t, "ascii")
	var b strings.Builder
	b.WriteRune(quote)
	for _, r := range s {
		switch {
		case r == quote, r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ':
			fmt.Fprintf(&b, `\x%02x`, r)
		case ascii && r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case ascii && r >= 0x80:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteRune(quote)
	return b.String()
}

// jsonOf writes a value as JSON.
func jsonOf(v any) string {
	switch v := v.(type) {
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = jsonOf(item)
		}
		return "[" + strings.Join(items, ",") + "]"
	case storage.Members:
		var items []string
		for _, m := range v {
			items = append(items, jsonOf(m.Name)+":"+jsonOf(m.Value))
		}
		return "{" + strings.Join(items, ",") + "}"
	}
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func TestLiteralsReadAsTheSameJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := values().Draw(t, "value")
		want, fault := strictjson.Parse([]byte(jsonOf(v)))
		if fault != nil {
			t.Fatalf("%s: %+v", jsonOf(v), fault)
		}
		source := python(t, v)
		got, err := literal.Parse(source)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("Parse(%q): error %v (-want +got):\n%s", source, err, diff)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`[{'id': 28, 'name': "O'Neil", 'x': None}]`, `('\ud83d\ude00\x41\101\
',)`, `{'a', 1.5e-3}`} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) { _, _ = literal.Parse(s) })
}
