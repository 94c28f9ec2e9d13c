// Package program is the command line: its commands, and what they are made of. Main
// runs it as a process, and a test starts a Program beside others.
package program

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"marquee/cmd/account"
	"marquee/cmd/command"
	"marquee/cmd/data"
	"marquee/cmd/indexing"
	"marquee/cmd/observe/trace"
	"marquee/cmd/serve"
	"marquee/cmd/setting"
)

// Program is the command line: its commands, and where their output goes. One
// Program runs one command.
type Program struct {
	Stdout, Stderr io.Writer
	// Getenv reads a variable of the environment; tests give their own.
	Getenv func(string) string
	// Listening, when set, is called with the address of the listener, before the
	// first answer: with --listen 127.0.0.1:0 the port is not known before.
	Listening func(address string)

	logLevel string
	env      command.Env
}

// New returns a program that writes to stdout and stderr and reads the environment
// of the process.
func New(stdout, stderr io.Writer) *Program {
	return &Program{Stdout: stdout, Stderr: stderr, Getenv: os.Getenv}
}

// Run executes the command that the arguments name, until it ends or ctx does.
func (p *Program) Run(ctx context.Context, args []string) error {
	root := p.Root()
	root.SetArgs(args)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	return root.ExecuteContext(ctx)
}

// Root returns the command that all others are below.
func (p *Program) Root() *cobra.Command {
	root := &cobra.Command{
		Use:           "marquee",
		Short:         "Serve a movie catalogue, and work on its data",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return p.configure(cmd)
		},
	}
	root.PersistentFlags().StringVar(&p.logLevel, "log-level", "info", "least level that is logged: debug, info, warn, error")
	p.env.Database.Flags(root.PersistentFlags())
	root.SetFlagErrorFunc(setting.FlagError)
	e := &p.env
	serve, api, indexer := serve.Command(e), serve.APICommand(e), indexing.IndexerCommand(e)
	root.AddCommand(serve, api, indexer, data.ImportCommand(e), data.ExportCommand(e), data.MigrateCommand(e), account.AppCommand(e), account.TokenCommand(e), account.UserCommand(e), account.SecretCommand(e),
		indexing.ReindexCommand(e), indexing.VerifyCommand(e), p.configCommand(serve, api, indexer))
	return root
}

// configure takes the flags that were not given from the environment, checks
// them all, and makes the logger.
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
	p.env.Stdout, p.env.Stderr, p.env.Listening = p.Stdout, p.Stderr, p.Listening
	p.env.Logger = trace.NewLogger(p.Stderr, level)
	return nil
}
