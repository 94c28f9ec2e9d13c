// Command marquee serves a movie catalogue over HTTP and works on its data:
// see marquee help.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"marquee/storage/embedded"
)

func main() {
	embedded.Supervise()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newProgram(os.Stdout, os.Stderr).run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "marquee:", err)
		os.Exit(1)
	}
}
