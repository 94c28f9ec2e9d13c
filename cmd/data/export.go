package data

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"marquee/cmd/command"
	"marquee/cmd/database"
	"marquee/storage"
	"marquee/storage/dataset/ndjson"
)

// ExportCommand makes marquee export.
func ExportCommand(e *command.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "export FILE",
		Short: "Write the whole catalogue as NDJSON, compressed if the name ends in .gz",
		Long: "Write the whole catalogue, read in one snapshot, as NDJSON: one object a line, compressed if the name ends in .gz.\n" +
			"FILE may be - for standard output. An import into an empty catalogue (marquee import ndjson FILE) restores the same objects.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("export needs one FILE, such as: marquee export catalogue.ndjson.gz")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			d, err := e.Open(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			if args[0] == "-" {
				_, err = export(cmd.Context(), d, e.Stdout, false)
				return err
			}
			n, err := exportFile(cmd.Context(), d, args[0])
			if err == nil {
				fmt.Fprintf(e.Stdout, "Wrote %d objects to %s.\n", n, args[0])
			}
			return err
		},
	}
}

// exportFile writes a temporary file beside path and renames it at the end, so that path
// is always a complete export.
func exportFile(ctx context.Context, d *database.DB, path string) (n int, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	n, err = export(ctx, d, f, strings.HasSuffix(path, ".gz"))
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return n, err
	}
	return n, os.Rename(f.Name(), path)
}

// export writes every object and returns their number.
func export(ctx context.Context, d *database.DB, w io.Writer, compress bool) (int, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	var lines io.Writer = out
	finish := out.Flush
	if compress {
		z := gzip.NewWriter(out) // the header has no name or time, so that equal catalogues make equal files
		lines, finish = z, func() error { return errors.Join(z.Close(), out.Flush()) }
	}
	n := 0
	var line []byte
	err := d.Export(ctx, func(o *storage.Object, sources map[string]string) error {
		n++
		line = ndjson.AppendLine(line[:0], o.Noun, o.Body, sources)
		_, err := lines.Write(line)
		return err
	})
	if err != nil {
		return n, err
	}
	return n, finish()
}
