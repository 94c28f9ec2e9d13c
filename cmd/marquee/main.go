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

	"marquee/storage/embedded"
)

func main() {
	embedded.Supervise()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
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
