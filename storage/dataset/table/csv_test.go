package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/deploy/devstack"
	"marquee/storage/dataset/file"
)

// all reads the rows below the first line, shown as "line:cell|cell" or "line!fault".
func all(t testing.TB, open func(*file.File) (*Table, error), text string) []string {
	t.Helper()
	var read atomic.Int64
	table, err := open(file.Memory("f", []byte(text), &read))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for {
		r, err := table.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Fault != "" {
			out = append(out, fmt.Sprintf("%d!%s", r.Line, r.Fault))
		} else {
			out = append(out, fmt.Sprintf("%d:%s%s", r.Line, strings.Join(r.Cells, "|"), strings.Replace(r.Repair, "read a quote that is not doubled as text", " (repaired)", 1)))
		}
	}
}

func TestCSVContainsDamage(t *testing.T) {
	t.Parallel()
	const (
		open  = "breaks off: a quote is not closed"
		place = "is not CSV: a quote is out of place"
		cells = "must have the 3 cells that the first line names"
	)
	long := strings.Repeat("x", file.MaxItem+3)
	tests := []struct {
		name, in string
		want     []string
	}{
		{"none", "", nil},
		{"rows", "1,b,c\n2,e,f\n", []string{"2:1|b|c", "3:2|e|f"}},
		{"no last line end", "1,b,c\r\n2,e,f", []string{"2:1|b|c", "3:2|e|f"}},
		{"last cell empty", "1,b,", []string{"2:1|b|"}},
		{"blank lines", "\n1,b,c\n\r\n\n2,e,f\n\n", []string{"3:1|b|c", "6:2|e|f"}},
		{"line breaks in quotes", "1,\"b\r\n\n\"\"c\"\"\",\",\"\n2,e,f", []string{"2:1|b\r\n\n\"c\"|,", "5:2|e|f"}},
		{"quote in a cell", "1,Fast 12\" mix,c\n2,e,f\n", []string{"2:1|Fast 12\" mix|c", "3:2|e|f"}},
		{"quotes in cells", "1,a \"b\",\"c\"\n2,5\"\",\"f\"\n", []string{"2:1|a \"b\"|c", "3:2|5\"\"|f"}},
		{"quotes not doubled", "1,\"The \"Big\" One\",c\n2,e,f\n", []string{"2:1|The \"Big\" One|c (repaired)", "3:2|e|f"}},
		{"quotes not doubled, on two lines", "1,\"The \"Big\"\nOne\",c\n2,e,f\n", []string{"2!" + place + ": lines 2 to 3", "4:2|e|f"}},
		{"spaces around quotes", "1, \"b, b\" ,c\n2,e,f\n", []string{"2:1|b, b|c (repaired)", "3:2|e|f"}},
		{"quote never closed", "1,\"b,c\n2,e,f\n3,h,i\n", []string{"2!" + open, "3:2|e|f", "4:3|h|i"}},
		{"quote never closed, quotes follow", "1,\"b,c\n2,\"e, e\",f\n3,\"h\",i\n", []string{"2!" + place, "3:2|e, e|f", "4:3|h|i"}},
		{"quote never closed, a quote in a cell follows", "1,\"b,c\n2,12\" mix,f\n3,h,i\n", []string{"2!" + place, "3:2|12\" mix|f", "4:3|h|i"}},
		{"quote never closed in the last row", "1,b,c\n2,\"e,f\n", []string{"2:1|b|c", "3!" + open}},
		{"two damaged rows", "1,\"b,c\n2,\"e,f,\"g\n3,h,i\n", []string{"2!" + place + ": lines 2 to 3", "4:3|h|i"}},
		{"too few and too many", "1,b\n2,e,f\n3,h,i,\n4,k,l\n", []string{"2!" + cells, "3:2|e|f", "4!" + cells, "5:4|k|l"}},
		{"a line break in a cell", "1,b\nb,c\n2,e,f\n", []string{"2!" + cells, "3!" + cells, "4:2|e|f"}},
		{"too many, on two lines", "1,\"b\nb\",c,d\n2,e,f\n", []string{"2!" + cells + ": lines 2 to 3", "4:2|e|f"}},
		{"CR in a file of LF", "1,b,c\r2,e,f\r3,h,i\n4,k,l\n", []string{"2:1|b|c", "3:2|e|f", "4:3|h|i", "5:4|k|l"}},
		{"CR in a cell", "1,b\rb,c\n2,e,f\n", []string{"2:1|b\rb|c", "3:2|e|f"}},
		{"not UTF-8", "1,b\xe9,c\n2,e,f\n", []string{"2!" + file.NotUTF8, "3:2|e|f"}},
		{"over the limit", "1," + long + ",c\n2,e,f\n", []string{"2!is longer than 1 MiB", "3:2|e|f"}},
		{"many lines over the limit", "1,\"" + strings.Repeat("x\n", file.MaxItem/2) + "\",c\n2,e,f\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := all(t, OpenCSV, "id,title,year\n"+tt.in)
			if tt.want == nil && len(got) > 0 { // lines of one damaged row, in parts
				tt.want, got = []string{fmt.Sprint(file.MaxItem/2+3, ":2|e|f")}, got[len(got)-1:]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTablesOfOtherLineEnds(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n", "\r\n", "\r"} {
		for separator, open := range map[string]func(*file.File) (*Table, error){",": OpenCSV, "\t": OpenTSV} {
			text := strings.NewReplacer("\n", end, ",", separator).Replace("\ufeffid,title\n1,a\n\n2,\n3,\"12\n4,d")
			want := []string{"2:1|a", "4:2|", "5:3|\"12", "6:4|d"}
			if separator == "," {
				want[2] = "5!breaks off: a quote is not closed"
			}
			if diff := cmp.Diff(want, all(t, open, text)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", text, diff)
			}
		}
	}
}

// What a writer of CSV has written is read as it was.
func TestCSVReadsWhatIsWritten(t *testing.T) {
	t.Parallel()
	cell := rapid.StringOf(rapid.RuneFrom([]rune("ab\",\n \t;é")))
	rapid.Check(t, func(rt *rapid.T) {
		width := rapid.IntRange(2, 5).Draw(rt, "width")
		rows := rapid.SliceOf(rapid.SliceOfN(cell, width, width)).Draw(rt, "rows")
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		head := make([]string, width)
		for i := range head {
			head[i] = fmt.Sprint("c", i)
		}
		w.UseCRLF = rapid.Bool().Draw(rt, "CRLF")
		if err := errors.Join(w.Write(head), w.WriteAll(rows)); err != nil {
			rt.Fatal(err)
		}
		want := []string{}
		for _, r := range rows {
			want = append(want, strings.Join(r, "|"))
		}
		got := []string{}
		for _, r := range all(t, OpenCSV, text.String()) {
			_, r, _ = strings.Cut(r, ":")
			got = append(got, strings.ReplaceAll(r, "\r\n", "\n"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("%q (-want +got):\n%s", text.String(), diff)
		}
	})
}

func TestHeadersAreChecked(t *testing.T) {
	t.Parallel()
	var read atomic.Int64
	for text, want := range map[string]string{
		"id;title\n1;a\n":    "are not separated by commas",
		"id,\"title\n1,a\n":  "must name the columns",
		"id,t\xe9tle\n1,a\n": "UTF-8",
	} {
		if _, err := OpenCSV(file.Memory("f.csv", []byte(text), &read)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "f.csv") {
			t.Errorf("%q: got the error %v, want one with %q", text, err, want)
		}
	}
	table, err := OpenCSV(file.Memory("f.csv", []byte("id, titel,year,year,,\n1,2,3,4,5,6"), &read))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := table.Missing(map[string][]string{"films": {"id", "title", "year", "overview"}, "names": {"id", "name"}}), "; as films: title is missing (titel is there), year is there twice, overview is missing"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := table.Missing(map[string][]string{"names": {"name"}}); got != "" {
		t.Errorf("got %q, want nothing of a table without these columns", got)
	}
	if table.Has("year") || !table.Has("titel") {
		t.Error("a repeated column counts as known, or a trimmed one as unknown")
	}
}

func BenchmarkCSV(b *testing.B) { benchmark(b, "tmdb-5000", "tmdb_5000_movies.csv.gz", OpenCSV) }

func BenchmarkTSV(b *testing.B) { benchmark(b, "imdb-tsv-2000", "name.basics.tsv.gz", OpenTSV) }

func benchmark(b *testing.B, folder, name string, open func(*file.File) (*Table, error)) {
	var read atomic.Int64
	files, err := file.Open([]string{devstack.Data(b, folder, name)}, nil, &read)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = files[0].Close() }()
	b.ReportAllocs()
	for b.Loop() {
		table, err := open(files[0])
		if err == nil {
			err = table.Each(func(Row) error { return nil })
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(files[0].Size)
}
