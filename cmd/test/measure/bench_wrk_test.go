package measure_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack"
)

// wrk is a load generator that costs a tenth of one in Go. It leaves both cores to
// servers that answer in microseconds.
type wrk struct {
	program, script, first string
}

const (
	wrkThreads = "2"
	wrkConns   = "32"
)

// wrkReport makes wrk print its counts in a form that is easy to parse.
const wrkReport = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("counted %d %d %d %d\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.timeout + e.status, latency:percentile(99)))
end
`

// wrkTurns makes each thread request the paths in turn. The threads begin at different
// paths.
const wrkTurns = `
local requests, threads = {}, 0
setup = function(thread)
  thread:set("at", math.floor(#paths / 2) * threads)
  threads = threads + 1
end
init = function()
  for i, path in ipairs(paths) do requests[i] = wrk.format("GET", path) end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
`

// newWrk returns a wrk that requests the paths in turn.
func newWrk(b *testing.B, paths []string) *wrk {
	b.Helper()
	w := &wrk{program: devstack.Tool(b, "wrk", "wrk"), script: filepath.Join(b.TempDir(), "wrk.lua"), first: paths[0]}
	text := wrkReport
	if len(paths) > 1 {
		text += `local paths = {"` + strings.Join(paths, `", "`) + `"}` + wrkTurns
	}
	if err := os.WriteFile(w.script, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return w
}

// measure sends requests to a server for a time in whole seconds.
func (w *wrk) measure(b *testing.B, s *side, d time.Duration) (rate float64, p99 time.Duration) {
	b.Helper()
	seconds := max(1, int(d.Seconds()))
	ctx, cancel := context.WithTimeout(b.Context(), d+time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, w.program, "-t", wrkThreads, "-c", wrkConns, "-d", fmt.Sprintf("%ds", seconds),
		"-s", w.script, "http://"+s.address+w.first).CombinedOutput()
	if err != nil {
		b.Fatalf("wrk: %v\n%s", err, out)
	}
	var requests, microseconds, failed, slow int64
	_, counts, _ := strings.Cut(string(out), "counted ")
	if n, err := fmt.Sscanf(counts, "%d %d %d %d", &requests, &microseconds, &failed, &slow); n != 4 || failed > 0 || requests == 0 {
		b.Fatalf("%s: got %d requests, %d failed, %v; want some without failures\n%s", s.name, requests, failed, err, out)
	}
	return float64(requests) / (float64(microseconds) / 1e6), time.Duration(slow) * time.Microsecond
}
