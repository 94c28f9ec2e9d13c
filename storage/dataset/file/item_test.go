package file

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cutAll cuts a text into items, shown as "line:data" or "line!fault".
func cutAll(t *testing.T, pieces Items) []string {
	t.Helper()
	var out []string
	for {
		it, err := pieces.Next()
		if errors.Is(err, io.EOF) {
			if _, again := pieces.Next(); !errors.Is(again, io.EOF) {
				t.Errorf("after the end: got %v, want io.EOF", again)
			}
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if it.Fault != "" {
			out = append(out, fmt.Sprintf("%d!%s", it.Line, it.Fault))
		} else {
			out = append(out, fmt.Sprintf("%d:%s", it.Line, it.Data))
		}
	}
}

func reader(s string) *bufio.Reader { return bufio.NewReaderSize(strings.NewReader(s), 16) }

func TestNewLinesCutsLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 40)
	tests := []struct {
		name, in string
		want     []string
	}{
		{"none", "", nil},
		{"without end", "a", []string{"1:a"}},
		{"ends", "a\r\nb\n\nc\r", []string{"1:a", "2:b", "3:", "4:c"}},
		{"over the buffer", "abcdefghijklmnopqrstuvwxyz\nb", []string{"1:abcdefghijklmnopqrstuvwxyz", "2:b"}},
		{"over the limit", "a\n" + long + "\nb\n" + long, []string{"1:a", "2!is longer than 0 MiB", "3:b", "4!is longer than 0 MiB"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, cutAll(t, &lines{r: reader(tt.in), limit: 30})); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewArrayCutsItems(t *testing.T) {
	t.Parallel()
	long := `"` + strings.Repeat("x", 40) + `"`
	tests := []struct {
		name, in string
		want     []string
	}{
		{"none", " [ ] ", nil},
		{"items", "[\n1 , {\"a\":[1,2]}\n,\"b\"]", []string{"2:1", `2:{"a":[1,2]}`, `3:"b"`}},
		{"brackets in texts", `["a]","b\",","c\\"]`, []string{`1:"a]"`, `1:"b\","`, `1:"c\\"`}},
		{"lines inside", "[{\n\n},\n2]", []string{"1:{\n\n}", "4:2"}},
		{"commas too many", "[,1,]", []string{"1:", "1:1"}},
		{"over the limit", "[1,\n" + long + ",\n2]", []string{"1:1", "2!is longer than 0 MiB", "3:2"}},
		{"empty", " \n", []string{"2!is empty, not a JSON list"}},
		{"object", "{}", []string{"1!is not a JSON list: it does not begin with ["}},
		{"no end", "[1,\n2,", []string{"1:1", "2:2", "2!breaks off: the file ends inside the list"}},
		{"no end of an item", "[1,\n{\"a\":\n", []string{"1:1", "2!breaks off: the file ends inside an item"}},
		{"only begun", "[", []string{"1!breaks off: the file ends inside the list"}},
		{"trailing", "[1]\n\n[2]", []string{"1:1", "3!is not part of the list: it follows the end of the list"}},
		{"quote missing", `[{"a":"x,"b":1},{"a":"y","b":2},{"a":"z"}]`, []string{`1:{"a":"x,"b":1}`, `1:{"a":"y","b":2}`, `1:{"a":"z"}`}},
		{"brace missing", "[{\"a\":1,\n{\"a\":2},\n{\"a\":3}]", []string{`1:{"a":1`, `2:{"a":2}`, `3:{"a":3}`}},
		{"comma missing", `[{"a":1}{"a":2},{"a":3}]`, []string{`1:{"a":1}`, `1:{"a":2}`, `1:{"a":3}`}},
		{"bracket too many", `[{"a":1}],{"a":2},{"a":3}]`, []string{`1:{"a":1}`, "1!is not part of the list: it follows the end of the list", `1:{"a":2}`, `1:{"a":3}`}},
		{"quote before the first name", `[{"  "a":1},{"a":2}]`, []string{`1:{"  "a":1}`, `1:{"a":2}`}},
		{"nested items", `[{"a":[{"a":1},{"a":2}]},{"a":"{\"a\":"}]`, []string{`1:{"a":[{"a":1},{"a":2}]}`, `1:{"a":"{\"a\":"}`}},
		{"over the limit, brace missing", `[{"a":1},{"a":"` + long[1:] + `,{"a":3},{"a":4}]`, []string{`1:{"a":1}`, "1!is longer than 0 MiB", `1:{"a":3}`, `1:{"a":4}`}},
		{"quote missing in the last item", `[{"a":1},{"a":"2}]`, []string{`1:{"a":1}`, "1!breaks off: the file ends inside an item"}},
		{"closed too often", "[1}}},2]", []string{"1:1}}}", "1:2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, cutAll(t, newArrayOf(reader(tt.in), 30))); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
		})
	}
}
