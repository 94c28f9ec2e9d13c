package dataset

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
func cutAll(t *testing.T, pieces items) []string {
	t.Helper()
	var out []string
	for {
		it, err := pieces.next()
		if errors.Is(err, io.EOF) {
			if _, again := pieces.next(); !errors.Is(again, io.EOF) {
				t.Errorf("behind the end comes %v", again)
			}
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if it.fault != "" {
			out = append(out, fmt.Sprintf("%d!%s", it.line, it.fault))
		} else {
			out = append(out, fmt.Sprintf("%d:%s", it.line, it.data))
		}
	}
}

func reader(s string) *bufio.Reader { return bufio.NewReaderSize(strings.NewReader(s), 16) }

func TestLines(t *testing.T) {
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

func TestArray(t *testing.T) {
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
		{"no end", "[1,\n2,", []string{"1:1", "2:2", "2!breaks off: the file ends inside of the list"}},
		{"no end of an item", "[1,\n{\"a\":\n", []string{"1:1", "2!breaks off: the file ends inside of it"}},
		{"only begun", "[", []string{"1!breaks off: the file ends inside of the list"}},
		{"trailing", "[1]\n\n[2]", []string{"1:1", "3!is not part of the list: it stands behind its end"}},
		{"closed too often", "[1}}},2]", []string{"1:1}}}", "1:2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, cutAll(t, &array{r: reader(tt.in), limit: 30, line: 1})); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCSVRows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []string
	}{
		{"none", "", nil},
		{"rows", "a,b\nc,d\n", []string{"1:a,b", "2:c,d"}},
		{"line breaks in quotes", "a,\"b\r\n\n\"\"c\"\nd", []string{"1:a,\"b\n\n\"\"c\"", "4:d"}},
		{"quote not closed", "a\n\"b\nc", []string{"1:a", "2!breaks off: a quote is not closed"}},
		{"over the limit", strings.Repeat("x", maxItem+3) + "\nb", []string{"1!is longer than 1 MiB", "2:b"}},
		{"many lines over the limit", "\"" + strings.Repeat("x\n", maxItem/2) + "\"\nb",
			[]string{"1!is longer than 1 MiB", fmt.Sprint(maxItem/2+2, ":b")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, cutAll(t, newCSV(reader(tt.in)))); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", ""},
		{"plain  text", "plain text"},
		{"<p>One &amp; <b>two</b></p><p>three</p>", "One & two\nthree"},
		{"one<br>two<br />three", "one\ntwo\nthree"},
		{"a\nb <i>c</i>", "a b c"},
		{"3 < 4 and <3", "3 < 4 and <3"},
		{"&lt;b&gt; stays", "<b> stays"},
		{"<!-- a\ncomment -->x<!doctype html>", "x"},
		{"<p class=\"x\">y", "y"},
		{"open <b", "open <b"},
		{"nbsp\u00a0here\u00a0", "nbsp here"},
	}
	for _, tt := range tests {
		if got := plainText(tt.in); got != tt.want {
			t.Errorf("plainText(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestLanguageNamesHaveKnownCodes(t *testing.T) {
	t.Parallel()
	for name, code := range languagesByName {
		if len(code) != 2 || name == "" {
			t.Errorf("language %q has the code %q", name, code)
		}
	}
}
