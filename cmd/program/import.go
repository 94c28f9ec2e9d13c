package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"marquee/storage/dataset"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/sample"
)

func (p *Program) importCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "import FORMAT PATH…",
		Short: "Import files: " + strings.Join(dataset.Formats(), ", "),
		Long: "Import files of a format: " + strings.Join(dataset.Formats(), ", ") + ".\n" +
			"A file may be compressed with gzip; a folder stands for the files of the format in it.\n" +
			"What was imported before is left as it is, so an import that was cut short is simply run again.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return errors.New("import needs a FORMAT and at least one PATH, such as: marquee import wikipedia movies.json.gz")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.importFiles(cmd.Context(), args[0], args[1:], dryRun)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "report what would happen, write nothing")
	return cmd
}

func (p *Program) importFiles(ctx context.Context, format string, paths []string, dryRun bool) (err error) {
	source, err := dataset.Open(format, paths)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	d, err := p.database.open(ctx, p.logger, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	start, show := time.Now(), newProgress(p.stderr, source)
	report, err := d.Import(ctx, source.Records(ctx), postgres.ImportOptions{
		Source: source.Name(), Who: "import " + format, DryRun: dryRun, Progress: show.update})
	show.end()
	writeReport(p.stdout, report, dryRun, time.Since(start))
	if err == nil && !dryRun && report.Total(incoming.Created) > 0 {
		err = d.Analyze(ctx)
	}
	return err
}

// loadSample imports the built-in films and series.
func (p *Program) loadSample(ctx context.Context, d *database) error {
	source, err := dataset.OpenExport("sample", sample.NDJSON)
	if err != nil {
		return fmt.Errorf("load the sample: %w", err)
	}
	report, err := d.Import(ctx, source.Records(ctx), postgres.ImportOptions{Source: source.Name(), Who: "sample"})
	if err != nil {
		return fmt.Errorf("load the sample: %w", err)
	}
	if n := report.Total(incoming.Refused); n > 0 {
		return fmt.Errorf("load the sample: %d records were refused, the first at %s: %s", n, report.Refusals[0].Place, report.Refusals[0].Reason)
	}
	p.logger.Info("loaded the sample", "records", report.Total(incoming.Created))
	return nil
}

// progress shows how far an import is: a bar on a terminal, a line every few
// seconds elsewhere.
type progress struct {
	out    io.Writer
	source *dataset.Source
	bar    *progressbar.ProgressBar
	next   time.Time
}

// lineEvery is the pause between lines of progress that are kept, in a log.
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
		_ = s.bar.Set64(read) // a bar that cannot be drawn is no reason to stop
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
