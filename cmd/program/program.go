// Package program is the command line: its commands, and what they are made of. Main
// runs it as a process, and a test starts a Program beside others.
package program

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"marquee/cmd/observe/trace"
)

// Program is the command line: its subcommands, what they share, and where
// their output goes. One runs one command.
type Program struct {
	stdout, stderr io.Writer
	// Getenv reads a variable of the environment; tests give their own.
	Getenv func(string) string
	// Listening, when set, is called with the address of the listener, before the
	// first answer: with --listen 127.0.0.1:0 the port is not known before.
	Listening func(address string)

	logLevel string
	logger   *slog.Logger
	database databaseConfig
	// sources tell where the values of the command's settings come from.
	sources map[string]source
	// tracing is nil where nothing is traced.
	tracing *trace.Tracer
}

// New returns a program that writes to stdout and stderr and reads the environment
// of the process.
func New(stdout, stderr io.Writer) *Program {
	return &Program{stdout: stdout, stderr: stderr, Getenv: os.Getenv}
}

// Run executes the command that the arguments name, until it ends or ctx does.
func (p *Program) Run(ctx context.Context, args []string) error {
	root := p.commands()
	root.SetArgs(args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	return root.ExecuteContext(ctx)
}

// commands is the command that all others are below.
func (p *Program) commands() *cobra.Command {
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
	p.database.flags(root.PersistentFlags())
	root.SetFlagErrorFunc(flagError)
	serve, api, indexer := p.serveCommand(), p.apiCommand(), p.indexerCommand()
	root.AddCommand(serve, api, indexer, p.importCommand(), p.exportCommand(), p.migrateCommand(), p.appCommand(), p.tokenCommand(), p.userCommand(), p.secretCommand(),
		p.reindexCommand(), p.verifyCommand(), p.configCommand(serve, api, indexer))
	return root
}

// configure takes the flags that were not given from the environment, checks
// them all, and makes the logger.
func (p *Program) configure(cmd *cobra.Command) (err error) {
	if p.sources, err = fromEnvironment(cmd.Flags(), p.Getenv); err != nil {
		return err
	}
	if err := checkSettings(cmd.Flags()); err != nil {
		return err
	}
	level, err := logLevel(p.logLevel)
	if err != nil {
		return fmt.Errorf("log-level %q: %w", p.logLevel, err)
	}
	p.logger = trace.NewLogger(p.stderr, level)
	return nil
}
