package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"marquee/deploy/devstack/server"
	"marquee/storage/embedded"
)

// runWithPostgres runs a test command with one PostgreSQL for all of its packages, which would start one each. It returns
// the exit code of the command.
func runWithPostgres(ctx context.Context, command []string) (code int, err error) {
	dir, err := server.TempDir("postgres")
	if err != nil {
		return failed, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	postgres, err := embedded.Start(ctx, embedded.Config{
		DataDir:   dir,
		BinDir:    os.Getenv("MARQUEE_POSTGRES_BIN"),
		Settings:  server.TestSettings,
		Temporary: true,
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return failed, err
	}
	defer func() { err = errors.Join(err, postgres.Close()) }()
	return runCommand(ctx, command, []string{"MARQUEE_TEST_DATABASE_URL=" + postgres.URL()})
}
