package imdb

import (
	"bufio"
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"marquee/storage/dataset/table"
)

// batchSize is how many bytes of rows are sorted in memory.
const batchSize = 32 << 20

// sortedCopy is a copy of a table's rows in a temporary file, as runs that are sorted by
// the id of the title, then by line. Memory stays bounded, whatever the size of the table.
type sortedCopy struct {
	file  *os.File
	table *table.Table
	// runs are the ends of the runs in the file.
	runs []int64
}

// sortRows makes a sorted copy of rows, in batches of about size bytes. The temporary file has no name, so that it is gone
// when it is closed, or when the process ends.
func sortRows(ctx context.Context, all rows, size int) (*sortedCopy, error) {
	f, err := os.CreateTemp("", "marquee-sort-*")
	if err == nil {
		err = os.Remove(f.Name())
	}
	if err != nil {
		return nil, fmt.Errorf("sort the rows of a table: %w", err)
	}
	c := &sortedCopy{file: f}
	if err := c.fill(ctx, all, size); err != nil {
		return nil, fmt.Errorf("sort the rows of a table in a temporary file (TMPDIR names another place): %w", errors.Join(err, f.Close()))
	}
	return c, nil
}

// line is a row on its way into a run.
type line struct {
	id, text string
	number   int
}

func (c *sortedCopy) fill(ctx context.Context, all rows, limit int) error {
	var batch []line
	size := 0
	err := each(all, func(r table.Row) error {
		c.table = r.Table
		l := line{r.Cell(tconst), strconv.Itoa(r.Line) + "\t" + strings.Join(r.Cells, "\t") + "\n", r.Line}
		batch = append(batch, l)
		if size += len(l.text) + 64; size < limit { // 64 is about the size of a line and its id
			return ctx.Err()
		}
		err := c.write(batch)
		batch, size = batch[:0], 0
		return err
	})
	if err != nil {
		return err
	}
	return c.write(batch)
}

// write appends a run to the file.
func (c *sortedCopy) write(batch []line) error {
	slices.SortFunc(batch, func(a, b line) int { return cmp.Or(strings.Compare(a.id, b.id), a.number-b.number) })
	w := bufio.NewWriter(c.file)
	for _, l := range batch {
		if _, err := w.WriteString(l.text); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	end, err := c.file.Seek(0, io.SeekCurrent)
	c.runs = append(c.runs, end)
	return err
}

// rows starts a pass over the copy. Passes may overlap.
func (c *sortedCopy) rows() (rows, error) {
	m := &merge{}
	start := int64(0)
	for _, end := range c.runs {
		run := &run{table: c.table, text: bufio.NewReader(io.NewSectionReader(c.file, start, end-start))}
		start = end
		if err := m.add(run); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// run is a run that is being read, with its next row.
type run struct {
	table *table.Table
	text  *bufio.Reader
	row   table.Row
	id    string
}

// merge yields the rows of all runs in order. It is a heap of the runs that have more.
type merge struct{ runs []*run }

// Next returns the next row.
func (m *merge) Next() (table.Row, error) {
	if len(m.runs) == 0 {
		return table.Row{}, io.EOF
	}
	first := heap.Pop(m).(*run)
	row := first.row
	return row, m.add(first)
}

// add reads the next row of a run, and adds the run if there is one.
func (m *merge) add(r *run) error {
	text, err := r.text.ReadString('\n')
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	cells := strings.Split(strings.TrimSuffix(text, "\n"), "\t")
	r.row = table.Row{Table: r.table, Cells: cells[1:]}
	r.row.File = r.table.File.Name
	if r.row.Line, err = strconv.Atoi(cells[0]); err != nil {
		return err
	}
	r.id = r.row.Cell(tconst)
	heap.Push(m, r)
	return nil
}

// Len returns the number of runs that have more rows.
func (m *merge) Len() int { return len(m.runs) }

// Less compares the next rows of two runs.
func (m *merge) Less(i, j int) bool {
	a, b := m.runs[i], m.runs[j]
	return cmp.Or(strings.Compare(a.id, b.id), a.row.Line-b.row.Line) < 0
}

// Swap swaps two runs.
func (m *merge) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }

// Push adds a run, for heap.
func (m *merge) Push(r any) { m.runs = append(m.runs, r.(*run)) }

// Pop removes the last run, for heap.
func (m *merge) Pop() any {
	last := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return last
}
