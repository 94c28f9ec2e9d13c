package dirty_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage/dataset"
	"marquee/storage/dataset/dirty"
	"marquee/storage/dataset/file"
	"marquee/storage/dataset/table"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// No reader loses a row that is not damaged, whatever the rows beside it have.
func TestReadersLoseNoRow(t *testing.T) {
	t.Parallel()
	for _, format := range dirty.Formats {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			set := dirty.Open(t, format, devstack.Data)
			rapid.Check(t, func(rt *rapid.T) {
				for _, f := range set.Draw(rt) {
					got := rowsOf(rt, f)
					for _, want := range f.Untouched() {
						want = rowOf(rt, f.Name, want)
						if got[want]--; got[want] < 0 {
							rt.Fatalf("the row is lost: %s\nin %q", want, f.Data[:min(len(f.Data), 5000)])
						}
					}
				}
			})
		})
	}
}

// rowsOf counts the rows of a file as its reader reads them.
func rowsOf(rt *rapid.T, f *dirty.File) map[string]int {
	var read atomic.Int64
	m, rows, line := file.Memory(f.Name, f.Data, &read), map[string]int{}, 0
	next := func(at int) {
		if at < line {
			rt.Fatalf("the row at line %d follows line %d", at, line)
		}
		line = at
	}
	if strings.HasSuffix(f.Name, "json") {
		cut := file.NewArray
		if strings.HasSuffix(f.Name, "ndjson") {
			cut = file.NewLines
		}
		err := file.Each(m, cut, func(it file.Item) error {
			next(it.Line)
			rows[strings.ReplaceAll(string(it.Data), "\r\n", "\n")]++
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		return rows
	}
	tab, err := open(m)
	if err != nil {
		rt.Fatal(err)
	}
	err = tab.Each(func(r table.Row) error {
		next(r.Line)
		rows[cellsOf(r)]++
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
	return rows
}

func open(m *file.File) (*table.Table, error) {
	if strings.HasSuffix(m.Name, ".tsv") {
		return table.OpenTSV(m)
	}
	return table.OpenCSV(m)
}

func cellsOf(r table.Row) string { return strings.ReplaceAll(strings.Join(r.Cells, "|"), "\r\n", "\n") }

// rowOf returns a row as rowsOf counts it, read alone.
func rowOf(rt *rapid.T, name, text string) string {
	if strings.HasSuffix(name, "json") {
		return strings.ReplaceAll(text, "\r\n", "\n")
	}
	var read atomic.Int64
	tab, err := open(file.Memory(name, []byte(text+"\n"+text+"\n"), &read))
	if err != nil {
		rt.Fatal(err)
	}
	r, err := tab.Next() // the second one; the first is taken as the header
	if err != nil {
		rt.Fatal(err)
	}
	return cellsOf(r)
}

// Every format ends in records and refusals, and a second pass has the same.
func TestFormatsEndOnDirtyFiles(t *testing.T) {
	t.Parallel()
	for _, format := range dirty.Formats {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			set := dirty.Open(t, format, devstack.Data)
			dir := t.TempDir()
			rapid.Check(t, func(rt *rapid.T) {
				files := set.Draw(rt)
				source, err := dataset.Open(format, dirty.Write(t, dir, files))
				if err != nil {
					return // a first row so damaged that the file is another format
				}
				defer func() { _ = source.Close() }()
				var counts [2]int
				for pass := range counts {
					for in, err := range source.Records(await.Context(t)) {
						if err != nil {
							rt.Fatal(err)
						}
						if in.Refused == "" && in.Edit == nil && in.Exact == nil && in.Vote == nil {
							rt.Fatalf("%s: a record without content", in.Place())
						}
						counts[pass]++
					}
				}
				if counts[0] != counts[1] {
					rt.Fatalf("got %d records, then %d", counts[0], counts[1])
				}
			})
		})
	}
}
