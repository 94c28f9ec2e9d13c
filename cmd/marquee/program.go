package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"marquee/cmd/observe"
)

// program is the command line: its subcommands, what they share, and where
// their output goes.
type program struct {
	stdout, stderr io.Writer
	// getenv reads a variable of the environment; tests give their own.
	getenv func(string) string
	// listening, when set, is told the address that is listened on.
	listening func(address string)

	logLevel string
	logger   *slog.Logger
	database databaseConfig
	// sources tell where the values of the command's settings come from.
	sources map[string]source
	// tracing is nil where nothing is traced.
	tracing *observe.Tracing
}

func newProgram(stdout, stderr io.Writer) *program {
	return &program{stdout: stdout, stderr: stderr, getenv: os.Getenv}
}

// run executes the command that the arguments name, until it ends or ctx does.
func (p *program) run(ctx context.Context, args []string) error {
	root := p.commands()
	root.SetArgs(args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	return root.ExecuteContext(ctx)
}

// commands is the command that all others are below.
func (p *program) commands() *cobra.Command {
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
func (p *program) configure(cmd *cobra.Command) (err error) {
	if p.sources, err = fromEnvironment(cmd.Flags(), p.getenv); err != nil {
		return err
	}
	if err := checkSettings(cmd.Flags()); err != nil {
		return err
	}
	level, err := logLevel(p.logLevel)
	if err != nil {
		return fmt.Errorf("log-level %q: %w", p.logLevel, err)
	}
	p.logger = observe.NewLogger(p.stderr, level)
	return nil
}
