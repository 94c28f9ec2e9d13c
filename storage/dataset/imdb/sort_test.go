package imdb

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/storage/dataset/file"
	"marquee/storage/dataset/table"
)

// TestSortRows compares sorted copies, made of runs of few rows, with rows sorted in memory.
func TestSortRows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.IntRange(1, 30), 0, 60).Draw(t, "ids")
		text := "ordering\ttconst\n"
		want := make([]string, len(ids))
		for i, id := range ids {
			text += fmt.Sprintf("%d\ttt%07d\n", i, id)
			want[i] = fmt.Sprintf("tt%07d line %05d of f: %d", id, i+2, i)
		}
		slices.Sort(want)
		var read atomic.Int64
		all, err := table.OpenTSV(file.Memory("f", []byte(text), &read))
		if err != nil {
			t.Fatal(err)
		}
		c, err := sortRows(t.Context(), all, rapid.IntRange(1, 2000).Draw(t, "size of a batch"))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // passes
			got := []string{}
			sorted, err := c.rows()
			if err == nil {
				err = each(sorted, func(r table.Row) error {
					got = append(got, fmt.Sprintf("%s line %05d of %s: %s", r.Cell(tconst), r.Line, r.File, r.Cell("ordering")))
					return nil
				})
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Fatalf("error %v, rows (-want +got):\n%s", err, diff)
			}
		}
		if err := c.file.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestSortRowsWithoutPlaceForTheCopy(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/gone")
	var read atomic.Int64
	all, err := table.OpenTSV(file.Memory("f", []byte("tconst\ntt0000001\n"), &read))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sortRows(t.Context(), all, batchSize); err == nil || !strings.Contains(err.Error(), "sort the rows") {
		t.Errorf("got the error %v", err)
	}
	if _, err := (&merge{}).Next(); !errors.Is(err, io.EOF) {
		t.Errorf("merge of nothing: got the error %v", err)
	}
}
