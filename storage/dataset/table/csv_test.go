package table

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"marquee/storage/dataset/file"

	"github.com/google/go-cmp/cmp"
)

// cutAll cuts a text into items, shown as "line:data" or "line!fault".
func cutAll(t *testing.T, pieces file.Items) []string {
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

func TestCSVRowsEndOutsideQuotes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []string
	}{
		{"none", "", nil},
		{"rows", "a,b\nc,d\n", []string{"1:a,b", "2:c,d"}},
		{"line breaks in quotes", "a,\"b\r\n\n\"\"c\"\nd", []string{"1:a,\"b\n\n\"\"c\"", "4:d"}},
		{"quote not closed", "a\n\"b\nc", []string{"1:a", "2!breaks off: a quote is not closed"}},
		{"over the limit", strings.Repeat("x", file.MaxItem+3) + "\nb", []string{"1!is longer than 1 MiB", "2:b"}},
		{"many lines over the limit", "\"" + strings.Repeat("x\n", file.MaxItem/2) + "\"\nb",
			[]string{"1!is longer than 1 MiB", fmt.Sprint(file.MaxItem/2+2, ":b")}},
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
