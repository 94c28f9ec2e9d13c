// Package data has the commands for the data of the catalogue: import, export, migrate.
package data

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"marquee/api/rule"
	"marquee/cmd/command"
	"marquee/cmd/database"
	"marquee/storage/dataset"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importer"
	"marquee/storage/sample"
)

// importing is an import as the command line describes it.
type importing struct {
	format string
	paths  []string
	dryRun bool
	// list is the file for every refusal and repair, "" for none.
	list string
}

// ImportCommand makes marquee import.
func ImportCommand(e *command.Env) *cobra.Command {
	var i importing
	cmd := &cobra.Command{
		Use:   "import FORMAT PATH…",
		Short: "Import files: " + strings.Join(dataset.Formats(), ", "),
		Long: "Import files of a format: " + strings.Join(dataset.Formats(), ", ") + ".\n" +
			"A file may be compressed with gzip. A folder means all files of the format in it, and - the standard input.\n" +
			"Records that were imported before are left unchanged, so an interrupted import can be run again.\n\n" +
			"The exit status is 0 when everything was imported or unchanged, 3 when records were refused, and 1 after an\n" +
			"error. A dry run ends as the import would.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return errors.New("import needs a FORMAT and at least one PATH, such as: marquee import wikipedia movies.json.gz")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			i.format, i.paths = args[0], args[1:]
			return i.run(cmd.Context(), e)
		},
	}
	cmd.Flags().BoolVar(&i.dryRun, "dry-run", false, "report what an import would do, and write nothing")
	cmd.Flags().StringVar(&i.list, "report", "", "write every refusal and repair to this file, as NDJSON")
	return cmd
}

// run opens the files, then the report, then the catalogue, so that a wrong argument
// changes nothing.
func (i importing) run(ctx context.Context, e *command.Env) (err error) {
	source, err := i.open(ctx, e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	list, err := newList(i.list, source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, list.close()) }()
	d, err := e.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return i.store(ctx, e, d, source, list)
}

func (i importing) open(ctx context.Context, e *command.Env) (*dataset.Source, error) {
	paths, remove, err := spool(ctx, e.Stdin, i.paths)
	if err != nil {
		return nil, err
	}
	source, err := dataset.Open(i.format, paths)
	if removeErr := remove(); err == nil && removeErr != nil {
		return nil, errors.Join(removeErr, source.Close())
	}
	return source, err
}

func (i importing) store(ctx context.Context, e *command.Env, d *database.DB, source *dataset.Source, list *list) error {
	start, show := time.Now(), newProgress(e.Stderr, source)
	report, err := d.Import(ctx, source.Records(ctx), importer.Options{
		Source: source.Name(), Who: "import " + i.format, Check: checkRules, DryRun: i.dryRun, Progress: show.update, List: list.add()})
	show.end()
	writeReport(e.Stdout, report, i, time.Since(start))
	if !i.dryRun && report.Total(incoming.Created)+report.Votes.New() > 0 && ctx.Err() == nil {
		err = errors.Join(err, d.Analyze(ctx))
	}
	if n := report.Total(incoming.Refused); err == nil && n > 0 {
		return &command.RefusedError{Records: n}
	}
	return err
}

// checkRules checks the rules of collections as requests do. What they name need not exist:
// it may be deleted after a rule is stored, and an export has such rules.
func checkRules(e *edit.Edit) error { return rule.Check(e, nil) }

// LoadSample imports the built-in films and series.
func LoadSample(ctx context.Context, e *command.Env, d *database.DB) error {
	source, err := dataset.OpenExport("sample", sample.NDJSON)
	if err != nil {
		return fmt.Errorf("load the sample: %w", err)
	}
	report, err := d.Import(ctx, source.Records(ctx), importer.Options{Source: source.Name(), Who: "sample", Check: checkRules})
	if err != nil {
		return fmt.Errorf("load the sample: %w", err)
	}
	if n := report.Total(incoming.Refused); n > 0 {
		return fmt.Errorf("load the sample: %d records were refused, the first at %s: %s", n, report.Refusals[0].Place(), report.Refusals[0].Reason)
	}
	e.Logger.Info("loaded the sample", "records", report.Total(incoming.Created))
	return nil
}
