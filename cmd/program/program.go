// Package program is the command line. Main runs it as a process; a test runs a Program in
// its own process.
package program

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"marquee/cmd/account"
	"marquee/cmd/command"
	"marquee/cmd/data"
	"marquee/cmd/indexing"
	"marquee/cmd/observe/trace"
	"marquee/cmd/serve"
	"marquee/cmd/setting"
)

// Program is the command line with its output and its environment. A Program runs one
// command.
type Program struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Getenv returns a variable of the environment.
	Getenv func(string) string
	// Listening, if set, is called with the address of the listener before the first
	// answer. With --listen 127.0.0.1:0 the port is not known earlier.
	Listening func(address string)
	// Now, if set, is the clock by which periods start and end.
	Now func() time.Time

	logLevel string
	env      command.Env
}

// New returns a program that reads the environment and the standard input of the process.
func New(stdout, stderr io.Writer) *Program {
	return &Program{Stdin: os.Stdin, Stdout: stdout, Stderr: stderr, Getenv: os.Getenv}
}

// Run runs the command in args until it ends, or ctx does.
func (p *Program) Run(ctx context.Context, args []string) error {
	root := p.Root()
	root.SetArgs(args)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	return root.ExecuteContext(ctx)
}

// Root returns the root command, with all commands below it.
func (p *Program) Root() *cobra.Command {
	root := &cobra.Command{
		Use:           "marquee",
		Short:         "Serve a movie catalogue and manage its data",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return p.configure(cmd)
		},
	}
	root.PersistentFlags().StringVar(&p.logLevel, "log-level", "info", "lowest level that is logged: debug, info, warn, error")
	p.env.Database.Flags(root.PersistentFlags())
	root.SetFlagErrorFunc(setting.FlagError)
	e := &p.env
	serve, api, indexer := serve.Command(e), serve.APICommand(e), indexing.IndexerCommand(e)
	root.AddCommand(serve, api, indexer, data.ImportCommand(e), data.ExportCommand(e), data.MigrateCommand(e), account.AppCommand(e), account.TokenCommand(e), account.UserCommand(e), account.SecretCommand(e),
		indexing.ReindexCommand(e), indexing.VerifyCommand(e), p.configCommand(serve, api, indexer))
	return root
}

// configure reads the settings of the command, checks them, and completes the environment
// of the command.
func (p *Program) configure(cmd *cobra.Command) (err error) {
	if p.env.Sources, err = setting.FromEnvironment(cmd.Flags(), p.Getenv); err != nil {
		return err
	}
	if err := setting.Check(cmd.Flags()); err != nil {
		return err
	}
	level, err := setting.LogLevel(p.logLevel)
	if err != nil {
		return fmt.Errorf("log-level %q: %w", p.logLevel, err)
	}
	p.env.Stdin, p.env.Stdout, p.env.Stderr, p.env.Listening, p.env.Now = p.Stdin, p.Stdout, p.Stderr, p.Listening, p.Now
	p.env.Logger = trace.NewLogger(p.Stderr, level)
	return nil
}
