// Package devstack provides real servers to tests. Each server is named by an environment variable, or the test process
// starts it when the first test asks for it. A server that is not available skips the test on a developer's machine. Where
// CI=true it fails the test, so that no suite is green because it ran nothing.
package devstack

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"marquee/deploy/devstack/shared"
	"marquee/storage/embedded"
)

// Main is the body of a TestMain: it runs the tests, stops the servers they started, and exits.
//
//	func TestMain(m *testing.M) { devstack.Main(m) }
func Main(m *testing.M) {
	embedded.Supervise()
	shared.Supervise()
	code := m.Run()
	if err := stopAll(); err != nil {
		fmt.Fprintln(os.Stderr, "devstack:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// started holds the servers that Main has to stop.
var started struct {
	sync.Mutex
	stops []func() error
}

// atExit registers a function that Main calls after the tests.
func atExit(stop func() error) {
	started.Lock()
	defer started.Unlock()
	started.stops = append(started.stops, stop)
}

// remember registers leave with Main, and returns the other results of a shared server.
func remember(url string, leave func() error, err error) (string, error) {
	if err == nil {
		atExit(leave)
	}
	return url, err
}

// stopAll stops the servers, the last one first.
func stopAll() error {
	started.Lock()
	defer started.Unlock()
	var errs []error
	for i := len(started.stops) - 1; i >= 0; i-- {
		errs = append(errs, started.stops[i]())
	}
	started.stops = nil
	return errors.Join(errs...)
}

// SkipShort skips a test with -short, as make test-fast does. part names the part of the test that takes long. Data, and the
// functions of this package that start an Elasticsearch or servers for one test, call SkipShort themselves.
func SkipShort(t testing.TB, part string) {
	t.Helper()
	if testing.Short() {
		t.Skipf("-short: no %s", part)
	}
}

// missing ends a test that needs something outside the repository: skipped, or failed where CI=true.
func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
