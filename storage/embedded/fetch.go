package embedded

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

const (
	// binariesVersion is what gets downloaded. A new major version needs a way to carry existing clusters over first.
	binariesVersion = string(embeddedpostgres.V17)
	fetchedFolder   = "installation"
)

// fetchMain is the main function of the child that downloads into the folder named by its only argument.
func fetchMain() int {
	go func() { // the program is gone, or has lost interest
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	syscall.Umask(0o022) // an unprivileged user shall run the binaries
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "want one folder")
		return 2
	}
	if err := fetch(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// fetch downloads, checks and unpacks with the library, which does so only as a part of starting a server. This package
// starts its own, so the library gets a data folder that cannot exist, below a file: it stops right after unpacking, and
// the error at that point is the success.
func fetch(draft string) error {
	file := filepath.Join(draft, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	installation := filepath.Join(draft, fetchedFolder)
	config := embeddedpostgres.DefaultConfig().
		Version(embeddedpostgres.V17).
		Port(0).
		CachePath(filepath.Join(draft, "archive")).
		RuntimePath(filepath.Join(draft, "runtime")).
		DataPath(filepath.Join(file, "data")).
		BinariesPath(installation).
		Logger(io.Discard)
	server := embeddedpostgres.NewDatabase(config)
	err := server.Start()
	if err == nil {
		return fmt.Errorf("the library started a server: %w", server.Stop())
	}
	if !strings.Contains(err.Error(), file) || !complete(installation) {
		return err
	}
	return nil
}
