// Command marquee serves a movie catalogue over HTTP and works on its data:
// see marquee help.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9/logging"

	"marquee/storage/embedded"
)

func main() {
	embedded.Supervise()
	logging.Disable() // go-redis would write lines of its own for each call that fails, which are no JSON
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := newProgram(os.Stdout, os.Stderr).run(ctx, os.Args[1:])
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil:
		return
	case interrupted && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "marquee: interrupted")
	default:
		fmt.Fprintln(os.Stderr, "marquee:", err)
	}
	os.Exit(1)
}
