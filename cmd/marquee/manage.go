package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"marquee/storage/postgres"
)

func (p *program) migrateCommand() *cobra.Command {
	return &cobra.Command{
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
			if err == nil {
				fmt.Fprintln(p.stdout, "The schema is up to date.")
			}
			return err
		},
	}
}

// manage makes a command that works on the catalogue and writes what it returns
// as JSON to standard output, for scripts. check, when given, refuses the
// arguments before a database is started for them.
func (p *program) manage(use, short string, check func() error, work func(context.Context, *database) (any, error)) *cobra.Command {
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
