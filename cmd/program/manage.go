package program

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"marquee/storage/credential"
	"marquee/storage/postgres"
)

func (p *Program) migrateCommand() *cobra.Command {
	var restored bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to what this program needs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			url := p.database.URL
			if url == "" { // opening a private catalogue migrates it
				d, err := p.database.open(cmd.Context(), p.logger, true)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, d.Close()) }()
				url = d.url
			}
			applied, err := postgres.Migrate(cmd.Context(), url)
			for _, name := range applied {
				fmt.Fprintln(p.stdout, "Applied", name)
			}
			if err != nil {
				return err
			}
			fmt.Fprintln(p.stdout, "The schema is up to date.")
			if restored {
				return p.restored(cmd.Context(), url)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&restored, "restored", false, "the database is a snapshot that was taken earlier: leave out the versions that were used since; dumps and recovered clusters are recognised without it")
	return cmd
}

// restored has a database taken for a copy of an earlier state.
func (p *Program) restored(ctx context.Context, url string) error {
	s, err := postgres.Open(ctx, url)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Restored(ctx); err != nil {
		return err
	}
	version, err := s.Version(ctx)
	if err == nil {
		fmt.Fprintf(p.stdout, "The catalogue goes on at version %d.\n", version)
	}
	return err
}

// manage makes a command that works on the catalogue and writes what it returns
// as JSON to standard output, for scripts. check, when given, refuses the
// arguments before a database is started for them.
func (p *Program) manage(use, short string, check func() error, work func(context.Context, *database) (any, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if check != nil {
				if err := check(); err != nil {
					return err
				}
			}
			d, err := p.database.open(cmd.Context(), p.logger, true)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			v, err := work(cmd.Context(), d)
			if err != nil {
				return err
			}
			return json.NewEncoder(p.stdout).Encode(v)
		},
	}
}

// sliceFlags declare which part of a list is shown, all by default.
func sliceFlags(cmd *cobra.Command, part *credential.Slice) {
	cmd.Flags().IntVar(&part.Offset, "offset", 0, "how many to skip")
	cmd.Flags().IntVar(&part.Limit, "limit", 0, "how many to show at most; 0 is no limit")
}

func checkSlice(part *credential.Slice) func() error {
	return func() error {
		if min(part.Offset, part.Limit) < 0 {
			return errors.New("offset, limit: must not be negative")
		}
		return nil
	}
}

// group makes a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	g.AddCommand(commands...)
	return g
}

// require marks flags that a command cannot do without.
func require(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err) // the command has no such flag
		}
	}
}
