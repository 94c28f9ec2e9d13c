package data

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"marquee/cmd/command"
	"marquee/search/text"
	"marquee/storage/postgres"
)

// MigrateCommand makes marquee migrate.
func MigrateCommand(e *command.Env) *cobra.Command {
	var restored bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Migrate the schema of the database to what this program needs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			url := e.Database.URL
			if url == "" { // Open migrates a private catalogue
				d, openErr := e.Open(cmd.Context())
				if openErr != nil {
					return openErr
				}
				defer func() { err = errors.Join(err, d.Close()) }()
				url = d.URL
			}
			applied, err := postgres.Migrate(cmd.Context(), url, postgres.WithAnalysis(text.Analysis{}))
			for _, name := range applied {
				fmt.Fprintln(e.Stdout, "Applied", name)
			}
			if err != nil {
				return err
			}
			fmt.Fprintln(e.Stdout, "The schema is up to date.")
			if restored {
				return markRestored(cmd.Context(), e, url)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&restored, "restored", false, "the database is an earlier snapshot: skip the versions that were used since then; dumps and recovered clusters are recognised without this flag")
	return cmd
}

// markRestored marks the database as a copy of an earlier state.
func markRestored(ctx context.Context, e *command.Env, url string) error {
	s, err := postgres.Open(ctx, url, postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Restored(ctx); err != nil {
		return err
	}
	version, err := s.Version(ctx)
	if err == nil {
		fmt.Fprintf(e.Stdout, "The catalogue continues at version %d.\n", version)
	}
	return err
}
