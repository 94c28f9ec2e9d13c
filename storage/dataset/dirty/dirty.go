// Package dirty makes damaged copies of real files, for tests of imports: rows in any
// order, rows repeated, and rows with quotes, separators, line ends, encodings, cuts and
// numbers out of range. It knows which rows it did not touch.
package dirty

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// File is a file with damage.
type File struct {
	// Name is the name of the file, which its format may need.
	Name string
	// Rows are the rows in the order of the file, as texts.
	Rows []Row
	// Data is the content, which may be compressed.
	Data []byte
}

// Row is a row, line or list item of a file.
type Row struct {
	Text string
	// Touched says that the text is damaged.
	Touched bool
}

// Untouched returns the texts of the rows without damage, repeated ones as often as they
// are in the file.
func (f *File) Untouched() []string {
	var texts []string
	for _, r := range f.Rows {
		if !r.Touched {
			texts = append(texts, r.Text)
		}
	}
	return texts
}

// Write writes files into a directory, and returns their paths.
func Write(t testing.TB, dir string, files []*File) []string {
	t.Helper()
	var paths []string
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// maxRows bounds the rows of a drawn file.
const maxRows = 12

// Draw draws damaged copies of the files. Their rows come from the same part of each
// file, so that tables that belong together have rows in common.
func (s *Set) Draw(rt *rapid.T) []*File {
	start, n := rapid.IntRange(0, s.size-1).Draw(rt, "first row"), rapid.IntRange(1, maxRows).Draw(rt, "rows")
	var files []*File
	for _, c := range s.clean {
		from := min(start, max(0, len(c.rows)-n))
		files = append(files, c.draw(rt, c.rows[from:min(len(c.rows), from+n)]))
	}
	return files
}

func (c *clean) draw(rt *rapid.T, rows []string) *File {
	f := &File{Name: c.name}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	open := false
	for _, i := range rapid.Permutation(order).Draw(rt, "order") {
		text := rows[i]
		switch rapid.IntRange(0, 9).Draw(rt, fmt.Sprint("damage of row ", i)) {
		case 0, 1, 2:
			damaged := c.damage(rt, text)
			// Two rows with a quote too many may be one valid row, with the rows between.
			if c.kind == CSV && strings.Count(damaged, `"`)%2 == 1 {
				if open {
					damaged = strings.ReplaceAll(damaged, `"`, "")
				}
				open = true
			}
			f.Rows = append(f.Rows, Row{Text: damaged, Touched: true})
		case 3:
			f.Rows = append(f.Rows, Row{Text: text}, Row{Text: text})
		default:
			f.Rows = append(f.Rows, Row{Text: text})
		}
	}
	f.Data = pack(rt, c.kind.content(rt, c.head, f.Rows))
	return f
}

// content puts rows together.
func (k Kind) content(rt *rapid.T, head string, rows []Row) string {
	texts := make([]string, len(rows))
	for i, r := range rows {
		texts[i] = r.Text
	}
	if k == List {
		separator := rapid.SampledFrom([]string{",\n", ",", " ,\r\n "}).Draw(rt, "separator")
		return "[" + strings.Join(texts, separator) + rapid.SampledFrom([]string{"]", "\n]\n"}).Draw(rt, "end")
	}
	if k == CSV || k == TSV {
		texts = append([]string{head}, texts...)
	}
	ends := []string{"\n", "\r\n"}
	all := strings.Join(texts, "")
	if !strings.ContainsAny(all, "\r\n") && len(texts) > 1 {
		ends = append(ends, "\r")
	}
	end := rapid.SampledFrom(ends).Draw(rt, "line end")
	text := strings.Join(texts, end)
	if rapid.Bool().Draw(rt, "last line end") {
		text += end
	}
	return text
}

// pack adds a byte order mark or compresses a text, or neither.
func pack(rt *rapid.T, text string) []byte {
	if rapid.IntRange(0, 4).Draw(rt, "byte order mark") == 0 {
		text = "\ufeff" + text
	}
	if rapid.Bool().Draw(rt, "plain") {
		return []byte(text)
	}
	var b bytes.Buffer
	cut := rapid.IntRange(0, len(text)).Draw(rt, "second member")
	for _, part := range []string{text[:cut], text[cut:]} {
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(part))
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			rt.Fatal(err)
		}
	}
	b.Write(make([]byte, rapid.SampledFrom([]int{0, 1, 512}).Draw(rt, "zeros")))
	return b.Bytes()
}
