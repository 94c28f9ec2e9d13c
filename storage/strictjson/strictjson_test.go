package strictjson_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/strictjson"
)

func TestParse(t *testing.T) {
	t.Parallel()
	type members = storage.Members
	tests := []struct {
		name, in string
		want     any
	}{
		{"null", `null`, nil},
		{"booleans", `[true,false]`, []any{true, false}},
		{"empty containers", `[{},[]]`, []any{members{}, []any{}}},
		{"order", `{"b":1,"a":2}`, members{{Name: "b", Value: json.Number("1")}, {Name: "a", Value: json.Number("2")}}},
		{"duplicates are preserved", `{"a":1,"a":null}`, members{{Name: "a", Value: json.Number("1")}, {Name: "a"}}},
		{"nested", `{"a":[{"b":"c"}]}`, members{{Name: "a", Value: []any{members{{Name: "b", Value: "c"}}}}}},
		{"numbers as written", `[1e999,-0,1.50,12345678901234567890123]`,
			[]any{json.Number("1e999"), json.Number("-0"), json.Number("1.50"), json.Number("12345678901234567890123")}},
		{"NUL escape is the schema's to refuse", `"a\u0000b"`, "a\x00b"},
		{"surrogate pair", `"\ud83d\ude00"`, "\U0001F600"},
		{"escapes", `"\"\\\/\b\f\n\r\t\u00e9"`, "\"\\/\b\f\n\r\té"},
		{"escaped name", `{"\u0061":1}`, members{{Name: "a", Value: json.Number("1")}}},
		{"white space around", " \r\n\t1 \n", json.Number("1")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, fault := strictjson.Parse([]byte(tt.in))
			if fault != nil {
				t.Fatalf("Parse(%q): %+v", tt.in, *fault)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, reason, pointer string }{
		{"empty", ``, "it is empty (line 1, byte 1 of it)", ""},
		{"blank", " \n ", "it is empty", ""},
		{"cut", `{"a":[1,`, "it ends too early (line 1, byte 9 of it)", ""},
		{"cut text", `{"a":"b`, "it ends too early", ""},
		{"trailing value", `{} {}`, "something follows the value", ""},
		{"trailing debris", `{}x`, "invalid character 'x'", ""},
		{"trailing NUL", "{}\x00", `invalid character '\x00'`, ""},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", "invalid UTF-8", "/a"},
		{"overlong UTF-8", "\"\xc0\x80\"", "invalid UTF-8", ""},
		{"UTF-8 of a surrogate", "\"\xed\xa0\x80\"", "invalid UTF-8", ""},
		{"lone high surrogate", `{"a":["\ud800"]}`, "surrogate", "/a/0"},
		{"lone low surrogate", `"\udc00"`, "surrogate", ""},
		{"byte order mark", "\ufeff{}", "byte order mark", ""},
		{"control character", "\"a\nb\"", `invalid character '\n'`, ""},
		{"leading zero", `{"n":01}`, "invalid character '1'", ""},
		{"NaN", `NaN`, "invalid character 'N'", ""},
		{"single quotes", `{'a':1}`, `invalid character '\''`, ""},
		{"comma at the end", `[1,]`, "invalid character ','", ""},
		{"comment", "{\n  // no\n}", "(line 2, byte 3 of it)", ""},
		{"name without quotes", `{a:1}`, "invalid character 'a'", ""},
		{"name that is no text", `{1:1}`, "object member name must be a string", ""},
		{"unclosed by the other bracket", `[1}`, "invalid character '}'", ""},
		{"too deep", strings.Repeat("[", 33) + strings.Repeat("]", 33), "nested deeper than 32 levels", ""},
		{"far too deep", strings.Repeat(`{"a":`, 500_000), "nested deeper than 32 levels", "/a/a/a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, fault := strictjson.Parse([]byte(tt.in))
			if fault == nil {
				t.Fatalf("Parse returned %v, want a fault", v)
			}
			if !strings.HasPrefix(fault.Reason, "is not JSON: ") || !strings.Contains(fault.Reason, tt.reason) {
				t.Errorf("reason is %q, want one with %q", fault.Reason, tt.reason)
			}
			if !strings.HasPrefix(fault.Pointer, tt.pointer) {
				t.Errorf("pointer is %q, want %q", fault.Pointer, tt.pointer)
			}
		})
	}
}

func TestParseAllReturnsEveryInvalidTextAndOtherFaults(t *testing.T) {
	t.Parallel()
	want := storage.Members{{Name: "a", Value: "x\uFFFD"}, {Name: "b\uFFFD", Value: json.Number("1")}, {Name: "c", Value: []any{"\uFFFD", "ok"}}}
	in := "{\"a\":\"x\xff\", \"b\xc0\": 1, \"c\": [\"\\ud800\", \"ok\"]"
	got, faults := strictjson.ParseAll([]byte(in + "}"))
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Error(diff)
	}
	var places []string
	for _, f := range faults {
		places = append(places, f.Pointer)
	}
	if diff := cmp.Diff([]string{"/a", "/b\uFFFD", "/c/0"}, places); diff != "" {
		t.Error(diff)
	}
	got, faults = strictjson.ParseAll([]byte(in))
	if got != nil || len(faults) != 4 || !strings.Contains(faults[3].Reason, "it ends too early") {
		t.Errorf("cut: %v, %+v", got, faults)
	}
	_, faults = strictjson.ParseAll([]byte("[" + strings.Repeat("\"\xff\",", 1000) + "1]"))
	if len(faults) != 100 {
		t.Errorf("got %d faults, want 100", len(faults))
	}
}

func TestParseAcceptsMaxDepth(t *testing.T) {
	t.Parallel()
	in := strings.Repeat("[", strictjson.MaxDepth) + strings.Repeat("]", strictjson.MaxDepth)
	if _, fault := strictjson.Parse([]byte(in)); fault != nil {
		t.Errorf("depth %d: %+v", strictjson.MaxDepth, *fault)
	}
}

func TestParseBoundsThePointer(t *testing.T) {
	t.Parallel()
	in := `{"` + strings.Repeat("x", 1<<20) + `": ?}`
	_, fault := strictjson.Parse([]byte(in))
	if fault == nil || len(fault.Pointer) > 1000 || len(fault.Reason) > 1000 {
		t.Errorf("Parse of a name of 1 MiB: got the fault %.100v, want one below 1,000 bytes", fault)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,"b",null,true]}`, "\"\\ud800\"", `{"a":1,"a":2}`, "[[[", "\xff", `1e5 `, `{"a":{"b":"\u0000"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		_, fault := strictjson.Parse(data)
		if fault == nil && !json.Valid(data) {
			t.Errorf("Parse accepted %q, which encoding/json refuses", data)
		}
		if fault != nil && fault.Reason == "" {
			t.Errorf("Parse(%q): the fault has no reason", data)
		}
		if !bytes.Equal(before, data) {
			t.Errorf("Parse changed its input %q", before)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	in := []byte(`{"movie":{"title":"A film","release_year":1999,"genres":["drama",{"name":"Film noir"}],` +
		`"images":{"poster":{"342":{"width":342,"height":513,"url":"https://example.org/342.jpg"}}}}}`)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, fault := strictjson.Parse(in); fault != nil {
			b.Fatal(fault)
		}
	}
}
