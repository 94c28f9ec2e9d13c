package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"time"
)

// childVariable is set in a re-executed child and says what it shall do.
const childVariable = "MARQUEE_EMBEDDED_CHILD"

const (
	roleFetch     = "fetch"
	roleSupervise = "supervise"
)

// Files that a supervisor inherits, besides its standard input, which carries its configuration and then stays open
// for as long as the program lives.
const (
	directoryFD = 3
	eventsFD    = 4
	programFD   = 5 // a copy of the program, if its file is closed to the supervisor's user
)

// supervising says that Supervise ran: without it a re-executed child would run the whole program again.
var supervising bool

// supervisorConfig is what the program sends to its supervisor.
type supervisorConfig struct {
	Directory string            `json:"directory"`
	Binaries  string            `json:"binaries"`
	Settings  map[string]string `json:"settings,omitempty"`
	Temporary bool              `json:"temporary,omitempty"`
	Port      int               `json:"port,omitempty"` // 0 means any free one
}

// event is what a supervisor reports, one JSON document each.
type event struct {
	Kind    eventKind  `json:"kind"`
	Port    int        `json:"port,omitempty"`
	Level   slog.Level `json:"level,omitempty"`
	Message string     `json:"message,omitempty"`
}

type eventKind string

const (
	eventReady  eventKind = "ready"
	eventLog    eventKind = "log"
	eventFailed eventKind = "failed"
)

// Supervise must be the first call of main and of TestMain in every program that uses Start. In an ordinary process it
// returns at once; in a child that Start made it does the child's work and never returns.
func Supervise() {
	role := os.Getenv(childVariable)
	supervising = true
	switch role {
	case "":
		return
	case roleFetch:
		os.Exit(fetchMain())
	case roleSupervise:
		os.Exit(superviseMain())
	}
	fmt.Fprintf(os.Stderr, "%s is set by the program itself and must not be set by hand\n", childVariable)
	os.Exit(2)
}

// child is a supervisor as the program sees it.
type child struct {
	cmd      *exec.Cmd
	lifeline *os.File // its end is the order to stop
	events   *os.File
	decoder  *json.Decoder
	stderr   tail
	once     sync.Once
	exited   chan struct{}
	waitErr  error
}

// startChild re-executes the program as a supervisor of d, as the user whom d belongs to.
func startChild(d *directory, c supervisorConfig) (*child, error) {
	stdin, lifeline, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	events, report, err := os.Pipe()
	if err != nil {
		lifeline.Close()
		return nil, err
	}
	defer report.Close()
	ch := &child{lifeline: lifeline, events: events, decoder: json.NewDecoder(events), exited: make(chan struct{})}
	ch.cmd = supervisorCommand(d, stdin, report, &ch.stderr)
	if err := startAs(d, ch.cmd); err != nil {
		lifeline.Close()
		events.Close()
		return nil, fmt.Errorf("start a supervisor as user %d: %w; run the program as an ordinary user instead", d.uid, err)
	}
	go func() {
		ch.waitErr = ch.cmd.Wait()
		close(ch.exited)
	}()
	if err := json.NewEncoder(lifeline).Encode(c); err != nil {
		ch.stop()
		return nil, fmt.Errorf("configure supervisor: %w", err)
	}
	return ch, nil
}

func supervisorCommand(d *directory, stdin, report *os.File, stderr io.Writer) *exec.Cmd {
	cmd := exec.Command(selfPath())
	// A small environment: the program's own may hold secrets, and PostgreSQL's processes can be read by their user.
	cmd.Env = []string{childVariable + "=" + roleSupervise, "PATH=" + os.Getenv("PATH")}
	cmd.Stdin, cmd.Stderr = stdin, stderr
	cmd.ExtraFiles = []*os.File{d.handle, report}
	cmd.Dir = "/"
	cmd.SysProcAttr = supervisorAttributes(d)
	cmd.WaitDelay = time.Second
	return cmd
}

// startAs starts the command from a copy of the program when d's owner is another user that may not execute its file.
func startAs(d *directory, cmd *exec.Cmd) error {
	if int(d.uid) == os.Getuid() {
		return cmd.Start()
	}
	program, err := executableCopy()
	if err != nil {
		return err
	}
	if program != nil {
		defer program.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, program)
		cmd.Path = fmt.Sprintf("/proc/self/fd/%d", programFD)
	}
	return cmd.Start()
}

// waitReady returns the port when PostgreSQL is ready, or why it is not.
func (c *child) waitReady(ctx context.Context, log *slog.Logger) (int, error) {
	// The deadline makes Decode return; a child without an answer is stopped by the caller.
	release := context.AfterFunc(ctx, func() { c.events.SetReadDeadline(time.Unix(1, 0)) })
	defer release()
	for {
		var e event
		if err := c.decoder.Decode(&e); err != nil {
			if ctx.Err() != nil {
				return 0, fmt.Errorf("not ready in time: %w", context.Cause(ctx))
			}
			return 0, fmt.Errorf("the supervisor ended without a word: %w%s", err, c.stderr.suffix())
		}
		switch e.Kind {
		case eventReady:
			return e.Port, nil
		case eventFailed:
			return 0, errors.New(e.Message)
		case eventLog:
			log.Log(ctx, e.Level, e.Message)
		}
	}
}

// follow passes on what the supervisor reports until it ends. The error is its reason for giving up, or nil.
func (c *child) follow(log *slog.Logger) error {
	defer func() { c.stop() }()
	for {
		var e event
		if err := c.decoder.Decode(&e); err != nil {
			return nil
		}
		switch e.Kind {
		case eventFailed:
			return errors.New(e.Message)
		case eventLog:
			log.Log(context.Background(), e.Level, e.Message)
		}
	}
}

// stop orders the supervisor to stop PostgreSQL, and kills it when it has not done so in time: then the kernel tells
// postgres to quit, see toolAttributes.
func (c *child) stop() error {
	c.once.Do(func() { c.lifeline.Close() })
	timer := time.NewTimer(closeLimit)
	defer timer.Stop()
	select {
	case <-c.exited:
	case <-timer.C:
		c.cmd.Process.Kill()
		<-c.exited
		return fmt.Errorf("the supervisor did not end within %s and was killed", closeLimit)
	}
	c.events.Close()
	var status *exec.ExitError
	if errors.As(c.waitErr, &status) && c.stderr.suffix() != "" {
		return fmt.Errorf("supervisor: %w%s", c.waitErr, c.stderr.suffix())
	}
	return nil
}

// tail keeps the last bytes written to it, for error messages.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 2000

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailBytes; over > 0 {
		t.text = append([]byte(nil), t.text[over:]...)
	}
	return len(p), nil
}

// suffix is the kept text on lines of its own, or nothing.
func (t *tail) suffix() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) == 0 {
		return ""
	}
	return "\n" + string(t.text)
}

// receive reads a supervisor's configuration and then calls ended when the program lets go of the pipe.
func receive(r io.Reader, ended func()) (supervisorConfig, error) {
	var c supervisorConfig
	buffered := bufio.NewReader(r)
	line, err := buffered.ReadBytes('\n')
	if err != nil {
		return c, err
	}
	go func() {
		io.Copy(io.Discard, buffered)
		ended()
	}()
	return c, json.Unmarshal(line, &c)
}
