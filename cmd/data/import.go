// Package data has the commands for the data of the catalogue: import, export, migrate.
package data

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"marquee/cmd/command"
	"marquee/cmd/database"
	"marquee/storage/dataset"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importer"
	"marquee/storage/sample"
)

// ImportCommand makes marquee import.
func ImportCommand(e *command.Env) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "import FORMAT PATH…",
		Short: "Import files: " + strings.Join(dataset.Formats(), ", "),
		Long: "Import files of a format: " + strings.Join(dataset.Formats(), ", ") + ".\n" +
			"A file may be compressed with gzip. A folder means all files of the format in it.\n" +
			"Records that were imported before are left unchanged, so an interrupted import can be run again.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return errors.New("import needs a FORMAT and at least one PATH, such as: marquee import wikipedia movies.json.gz")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return importFiles(cmd.Context(), e, args[0], args[1:], dryRun)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "report what an import would do, and write nothing")
	return cmd
}

func importFiles(ctx context.Context, e *command.Env, format string, paths []string, dryRun bool) (err error) {
	source, err := dataset.Open(format, paths)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	d, err := e.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	start, show := time.Now(), newProgress(e.Stderr, source)
	report, err := d.Import(ctx, source.Records(ctx), importer.Options{
		Source: source.Name(), Who: "import " + format, DryRun: dryRun, Progress: show.update})
	show.end()
	writeReport(e.Stdout, report, dryRun, time.Since(start))
	if err == nil && !dryRun && report.Total(incoming.Created) > 0 {
		err = d.Analyze(ctx)
	}
	return err
}

// LoadSample imports the built-in films and series.
func LoadSample(ctx context.Context, e *command.Env, d *database.DB) error {
	source, err := dataset.OpenExport("sample", sample.NDJSON)
	if err != nil {
		return fmt.Errorf("load the sample: %w", err)
	}
	report, err := d.Import(ctx, source.Records(ctx), importer.Options{Source: source.Name(), Who: "sample"})
	if err != nil {
		return fmt.Errorf("load the sample: %w", err)
	}
	if n := report.Total(incoming.Refused); n > 0 {
		return fmt.Errorf("load the sample: %d records were refused, the first at %s: %s", n, report.Refusals[0].Place(), report.Refusals[0].Reason)
	}
	e.Logger.Info("loaded the sample", "records", report.Total(incoming.Created))
	return nil
}
