// Package command is what all commands share: their environment, and forms of commands.
package command

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"marquee/cmd/database"
	"marquee/cmd/setting"
)

// Env is the environment of a command. The program sets it before the command runs.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Logger         *slog.Logger
	Database       database.Config
	// Sources are the sources of the command's settings, by name.
	Sources map[string]setting.Source
	// Listening, when set, is called with the address of the listener, before the
	// first answer.
	Listening func(address string)
	// Now is the clock by which periods start and end. Nil is time.Now.
	Now func() time.Time
}

// Open opens the catalogue. A process that serves a private catalogue may run at the same
// time.
func (e *Env) Open(ctx context.Context) (*database.DB, error) {
	return e.Database.Open(ctx, e.Logger, true)
}

// Group returns a command that only has subcommands.
func Group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	g.AddCommand(commands...)
	return g
}

// Require marks flags as required.
func Require(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err) // the command has no such flag
		}
	}
}

// JSONCommand returns a command that works on the catalogue and writes the result of work
// as JSON to standard output, for scripts. check, if not nil, checks the arguments before
// the database is opened.
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
