package program

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// vitalsVariable set in the environment of a child is the socket on which it tells
// its vitals.
const vitalsVariable = "MARQUEE_TEST_VITALS"

// vitals are what a process holds that must not grow.
type vitals struct {
	Goroutines int
	Heap       uint64 // bytes that are in use after a collection
}

// The files of a package are initialised in the order of their names, so this is
// before child_test.go becomes the program.
func init() {
	socket := os.Getenv(vitalsVariable)
	if socket == "" || os.Getenv(asMarquee) == "" {
		return
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", socket)
	if err != nil {
		panic(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var memory runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&memory)
		_ = json.NewEncoder(w).Encode(vitals{runtime.NumGoroutine(), memory.HeapAlloc})
	}))
	server.Listener = listener
	server.Start()
}

// withVitals adds a socket to the environment of one child.
func (e environment) withVitals(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "vitals-") // the path of a socket has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	e[vitalsVariable] = filepath.Join(dir, "socket")
}

// vitals asks the child.
func (e environment) vitals(t *testing.T) (v vitals) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", e[vitalsVariable])
	}}}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://vitals/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.Unmarshal(readAll(t, response.Body), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// moreGoroutines may run after faults than before them: connections that are
// kept for a while, and what is behind a request at that moment.
const moreGoroutines = 20
