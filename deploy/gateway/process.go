package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// running is a running nginx.
type running struct {
	cmd    *exec.Cmd
	ended  chan struct{}
	output bytes.Buffer // read after ended
}

// arguments makes nginx run in the foreground with the configuration of the gateway.
func (g *Gateway) arguments() []string {
	settings := "daemon off;"
	if os.Getuid() == 0 {
		settings += " user root;" // its workers write to this test's folder
	}
	return []string{"-p", g.dir, "-c", filepath.Join(g.dir, "gateway", "nginx.conf"), "-g", settings}
}

// check lets nginx check the configuration.
func (g *Gateway) check() {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), startLimit)
	defer cancel()
	if out, err := exec.CommandContext(ctx, g.nginx, append(g.arguments(), "-t")...).CombinedOutput(); err != nil {
		g.t.Fatalf("nginx -t: %v\n%s", err, out)
	}
}

// run starts nginx and waits until it answers.
func (g *Gateway) run(sockets []socket) {
	g.t.Helper()
	p := &running{cmd: exec.Command(g.nginx, g.arguments()...), ended: make(chan struct{})} //nolint:noctx // ends with the test, by SIGTERM
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	inherit(p.cmd, sockets)
	if err := p.cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	for _, s := range sockets { // starting a process makes them blocking
		if err := errors.Join(syscall.SetNonblock(int(s.file.Fd()), true), s.file.Close()); err != nil {
			g.t.Fatal(err)
		}
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // its messages are in output
	}()
	g.current = p
	ctx, cancel := context.WithTimeout(g.t.Context(), startLimit)
	defer cancel()
	if err := awaitLive(ctx, g.StatusURL+"/livez", p.ended); err != nil {
		g.t.Fatalf("nginx does not answer: %v", err)
	}
}

// end ends nginx and logs its output.
func (p *running) end(t testing.TB) {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	<-p.ended
	if p.output.Len() > 0 {
		t.Logf("output of nginx:\n%s", p.output.String())
	}
}

// Kill ends the gateway at once. Its connections break, and new ones are refused.
func (g *Gateway) Kill() {
	g.t.Helper()
	g.signal(syscall.SIGKILL)
	<-g.current.ended
}

// Stop freezes the gateway: it accepts connections and answers nothing.
func (g *Gateway) Stop() { g.t.Helper(); g.signal(syscall.SIGSTOP) }

// Continue lets a frozen gateway go on.
func (g *Gateway) Continue() { g.t.Helper(); g.signal(syscall.SIGCONT) }

// Restart kills the gateway if it runs, and returns when a new one answers at the same
// addresses.
func (g *Gateway) Restart() {
	g.t.Helper()
	select {
	case <-g.current.ended:
	default:
		g.Kill()
	}
	g.current.end(g.t)
	_, secure, _ := strings.Cut(g.URL, "//")
	_, plain, _ := strings.Cut(g.PlainURL, "//")
	_, status, _ := strings.Cut(g.StatusURL, "//")
	g.run(listen(g.t, secure, plain, status))
}

// signal sends a signal to nginx and to its workers, which would otherwise go on.
func (g *Gateway) signal(s syscall.Signal) {
	g.t.Helper()
	main := g.current.cmd.Process.Pid
	workers, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", main))
	if err != nil {
		g.t.Fatal(err)
	}
	for _, pid := range append([]string{strconv.Itoa(main)}, strings.Fields(string(workers))...) { // the main process first: it starts workers
		n, err := strconv.Atoi(pid)
		if err == nil {
			err = syscall.Kill(n, s)
		}
		if err != nil && !errors.Is(err, syscall.ESRCH) {
			g.t.Fatal(err)
		}
	}
}

// awaitLive polls a probe until it succeeds.
func awaitLive(ctx context.Context, url string, ended <-chan struct{}) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
			return nil
		}
		select {
		case <-tick.C:
		case <-ended:
			return errors.New("nginx ended")
		case <-ctx.Done():
			return err
		}
	}
}
