// Package command holds what the commands of the program share.
package command

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"marquee/cmd/database"
	"marquee/cmd/setting"
)

// Env is what a command runs with. The program fills it in before the command runs.
type Env struct {
	Stdout, Stderr io.Writer
	Logger         *slog.Logger
	Database       database.Config
	// Sources says of each setting of the command where its value comes from.
	Sources map[string]setting.Source
	// Listening, when set, is called with the address of the listener, before the
	// first answer.
	Listening func(address string)
}

// Open opens the catalogue for a command that works beside a process that serves,
// if there is one.
func (e *Env) Open(ctx context.Context) (*database.DB, error) {
	return e.Database.Open(ctx, e.Logger, true)
}

// Group makes a command that only holds others.
func Group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	g.AddCommand(commands...)
	return g
}

// Require marks flags that a command cannot do without.
func Require(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err) // the command has no such flag
		}
	}
}

// JSONCommand makes a command that works on the catalogue and writes what it returns
// as JSON to standard output, for scripts. check, when given, refuses the
// arguments before a database is started for them.
func (e *Env) JSONCommand(use, short string, check func() error, work func(context.Context, *database.DB) (any, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if check != nil {
				if err := check(); err != nil {
					return err
				}
			}
			d, err := e.Open(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			v, err := work(cmd.Context(), d)
			if err != nil {
				return err
			}
			return json.NewEncoder(e.Stdout).Encode(v)
		},
	}
}
