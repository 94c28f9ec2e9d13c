// Command marquee serves a movie catalogue over HTTP and works on its data:
// see marquee help.
package main

import (
	"os"

	"marquee/cmd/program"
)

func main() { os.Exit(program.Main()) }
