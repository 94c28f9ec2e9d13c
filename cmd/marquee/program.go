package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
}

func newProgram(stdout, stderr io.Writer) *program {
	return &program{stdout: stdout, stderr: stderr, getenv: os.Getenv}
}

// run executes the command that the arguments name, until it ends or ctx does.
func (p *program) run(ctx context.Context, args []string) error {
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
	root.AddCommand(p.serveCommand(), p.apiCommand(), p.importCommand(), p.exportCommand(), p.migrateCommand(), p.appCommand(), p.tokenCommand(), p.userCommand(), p.secretCommand(),
		p.indexerCommand(), p.reindexCommand(), p.verifyCommand())
	root.SetArgs(args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	return root.ExecuteContext(ctx)
}

// configure takes the flags that were not given from the environment, and
// makes the logger.
func (p *program) configure(cmd *cobra.Command) error {
	if err := fromEnvironment(cmd.Flags(), p.getenv); err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(p.logLevel)); err != nil {
		return fmt.Errorf("log-level %q: must be debug, info, warn or error", p.logLevel)
	}
	p.logger = slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: level}))
	return nil
}

// variable is the environment variable of a flag: MARQUEE_DATA_DIR for
// --data-dir.
func variable(flag string) string {
	return "MARQUEE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment sets every flag that was not given from its variable.
func fromEnvironment(flags *pflag.FlagSet, getenv func(string) string) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		value := getenv(variable(f.Name))
		if f.Changed || value == "" || failed != nil {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			failed = fmt.Errorf("%s: %w", variable(f.Name), err)
		}
	})
	return failed
}
