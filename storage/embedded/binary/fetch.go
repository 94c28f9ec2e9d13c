package binary

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
	// binariesVersion is the version to download. A new major version first needs an upgrade of existing clusters.
	binariesVersion = string(embeddedpostgres.V17)
	fetchedFolder   = "installation"
)

// FetchMain is the main function of the child that downloads into the folder of its only argument. It returns the exit code.
func FetchMain() int {
	go func() { // the program ended or gave up
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	syscall.Umask(0o022) // an unprivileged user runs the binaries
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

// fetch downloads, checks and unpacks with the library, which does so only while it starts a server. The server is not
// wanted, so the library gets a data folder that cannot exist, inside a file. It fails right after unpacking, and that
// error means success.
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
