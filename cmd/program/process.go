package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9/logging"

	"marquee/cmd/command"
	"marquee/cmd/observe/redact"
	"marquee/storage/embedded"
)

// Main runs the command line of this process until it ends, or a signal ends it. It
// returns the exit status, and must be the first call of main.
func Main() (status int) {
	embedded.Supervise()
	logging.Disable() // go-redis logs each failed call in a form of its own, which is not JSON
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := New(os.Stdout, os.Stderr).Run(ctx, os.Args[1:])
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil:
	case interrupted && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "marquee: interrupted")
	default:
		fmt.Fprintln(os.Stderr, "marquee:", redact.Text(err.Error()))
	}
	return command.Status(err)
}
