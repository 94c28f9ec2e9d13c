package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"marquee/storage/embedded/binary"
	"marquee/storage/embedded/directory"
	"marquee/storage/embedded/process"
	"marquee/storage/embedded/supervisor"
)

// supervising says that Supervise was called. Without the call a re-executed child would run the whole program again.
var supervising bool

// Supervise must be the first call of main and of TestMain in every program that uses Start. In an ordinary process it
// returns at once. In a child of Start it does the work of the child and never returns.
func Supervise() {
	role := os.Getenv(process.Variable)
	supervising = true
	switch role {
	case "":
		return
	case process.RoleFetch:
		os.Exit(binary.FetchMain())
	case process.RoleSupervise:
		os.Exit(supervisor.Main())
	}
	fmt.Fprintf(os.Stderr, "%s is set by the program itself and must not be set by hand\n", process.Variable)
	os.Exit(2)
}

// child is the supervisor of a Server.
type child struct {
	cmd      *exec.Cmd
	lifeline *os.File // its end makes the supervisor stop
	events   *os.File
	decoder  *json.Decoder
	stderr   process.Tail
	once     sync.Once
	exited   chan struct{}
	waitErr  error
}

// startChild executes the program again as a supervisor of d, as the owner of d.
func startChild(d *directory.Directory, c supervisor.Config) (*child, error) {
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
		return nil, fmt.Errorf("start a supervisor as user %d: %w; run the program as an ordinary user instead", d.UID, err)
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

func supervisorCommand(d *directory.Directory, stdin, report *os.File, stderr io.Writer) *exec.Cmd {
	cmd := exec.Command(process.Self())
	// The environment of the program may hold secrets, and the user of PostgreSQL could read them from its processes.
	cmd.Env = []string{process.Variable + "=" + process.RoleSupervise, "PATH=" + os.Getenv("PATH")}
	cmd.Stdin, cmd.Stderr = stdin, stderr
	cmd.ExtraFiles = []*os.File{d.Handle, report}
	cmd.Dir = "/"
	cmd.SysProcAttr = supervisorAttributes(d)
	cmd.WaitDelay = time.Second
	return cmd
}

// startAs starts the command. When the owner of d is another user who may not execute the file of the program, it starts
// a copy of the program.
func startAs(d *directory.Directory, cmd *exec.Cmd) error {
	if int(d.UID) == os.Getuid() {
		return cmd.Start()
	}
	program, err := process.ExecutableCopy()
	if err != nil {
		return err
	}
	if program != nil {
		defer program.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, program)
		cmd.Path = fmt.Sprintf("/proc/self/fd/%d", supervisor.ProgramFD)
	}
	return cmd.Start()
}

// waitReady waits until PostgreSQL is ready and returns its port.
func (c *child) waitReady(ctx context.Context, log *slog.Logger) (int, error) {
	// The deadline makes Decode return. The caller stops a child that does not answer.
	release := context.AfterFunc(ctx, func() { c.events.SetReadDeadline(time.Unix(1, 0)) })
	defer release()
	for {
		var e supervisor.Event
		if err := c.decoder.Decode(&e); err != nil {
			if ctx.Err() != nil {
				return 0, fmt.Errorf("PostgreSQL was not ready in time: %w", context.Cause(ctx))
			}
			return 0, fmt.Errorf("the supervisor ended without a reason: %w%s", err, c.stderr.Suffix())
		}
		switch e.Kind {
		case supervisor.EventReady:
			return e.Port, nil
		case supervisor.EventFailed:
			return 0, errors.New(e.Message)
		case supervisor.EventLog:
			log.Log(ctx, e.Level, e.Message)
		}
	}
}

// follow logs the reports of the supervisor until it ends. The error is its reason to give up, nil when it was killed.
func (c *child) follow(log *slog.Logger) error {
	defer func() { c.stop() }()
	for {
		var e supervisor.Event
		if err := c.decoder.Decode(&e); err != nil {
			return nil
		}
		switch e.Kind {
		case supervisor.EventFailed:
			return errors.New(e.Message)
		case supervisor.EventLog:
			log.Log(context.Background(), e.Level, e.Message)
		}
	}
}

// stop makes the supervisor stop PostgreSQL. It kills the supervisor at the deadline; then the kernel stops postgres, see
// process.ToolAttributes.
func (c *child) stop() error {
	c.once.Do(func() { c.lifeline.Close() })
	timer := time.NewTimer(supervisor.StopLimit)
	defer timer.Stop()
	select {
	case <-c.exited:
	case <-timer.C:
		c.cmd.Process.Kill()
		<-c.exited
		return fmt.Errorf("the supervisor did not end within %s and was killed", supervisor.StopLimit)
	}
	c.events.Close()
	var status *exec.ExitError
	if errors.As(c.waitErr, &status) && c.stderr.Suffix() != "" {
		return fmt.Errorf("supervisor: %w%s", c.waitErr, c.stderr.Suffix())
	}
	return nil
}

// supervisorAttributes gives the supervisor a session of its own and, for a program of root, the owner of the folder as
// its user.
func supervisorAttributes(d *directory.Directory) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if os.Getuid() == 0 {
		attributes.Credential = &syscall.Credential{Uid: d.UID, Gid: d.GID}
	}
	return attributes
}
