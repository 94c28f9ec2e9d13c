package data

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"marquee/storage/dataset"
	"marquee/storage/incoming"
)

// progress shows the progress of an import: a bar on a terminal, otherwise a line every
// few seconds.
type progress struct {
	out    io.Writer
	source *dataset.Source
	bar    *progressbar.ProgressBar
	next   time.Time
}

// lineEvery is the pause between lines of progress.
const lineEvery = 5 * time.Second

func newProgress(out io.Writer, source *dataset.Source) *progress {
	show := &progress{out: out, source: source, next: time.Now().Add(lineEvery)}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		_, total := source.Progress()
		show.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(out), progressbar.OptionShowBytes(true),
			progressbar.OptionSetDescription("importing"), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth())
	}
	return show
}

// update is called after each batch.
func (s *progress) update(r *incoming.Report) {
	read, total := s.source.Progress()
	switch {
	case s.bar != nil:
		_ = s.bar.Set64(read) // the import continues without the bar
	case time.Now().After(s.next):
		s.next = time.Now().Add(lineEvery)
		fmt.Fprintf(s.out, "%d %% read: %d created, %d unchanged, %d refused\n", 100*read/max(total, 1),
			r.Total(incoming.Created), r.Total(incoming.Unchanged), r.Total(incoming.Refused))
	}
}

func (s *progress) end() {
	if s.bar != nil {
		_ = s.bar.Finish() // see update
	}
}
