// Command run starts a real PostgreSQL, Redis and Elasticsearch on free loopback ports, without Docker, and writes their
// addresses to .devstack.env in the current folder. It runs until it is interrupted or its parent ends. It leaves no
// process, no data and no file. If it is killed, files stay, but no process does.
//
//	go run ./deploy/devstack/run                         until Ctrl-C
//	go run ./deploy/devstack/run -- command argument…     until the command ends, with the addresses in its environment
//	go run ./deploy/devstack/run -postgres -- go test ./…  only a PostgreSQL, which all packages of the tests use
//
// With a command, it exits with the command's exit code.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"marquee/storage/embedded"
)

const (
	// parentPoll is the pause between two checks that the parent still runs.
	parentPoll = 500 * time.Millisecond
	// commandLimit bounds the time that an interrupted command takes to end.
	commandLimit = 30 * time.Second
	// failed is the exit code when the command has none.
	failed = 1
)

func main() {
	embedded.Supervise()
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: run [[-postgres] -- command argument…]")
	}
	onlyPostgres := flag.Bool("postgres", false, "start only a PostgreSQL, for tests; MARQUEE_TEST_DATABASE_URL names it")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	start := run
	if *onlyPostgres && flag.NArg() > 0 {
		start = runWithPostgres
	}
	code, err := start(whileParentLives(ctx), flag.Args())
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "devstack:", err)
		code = max(code, failed)
	}
	os.Exit(code)
}

// run returns the exit code of the command, or 0 without a command.
func run(ctx context.Context, command []string) (code int, err error) {
	fmt.Fprintln(os.Stderr, "devstack: starting PostgreSQL, Redis and Elasticsearch; the first time installs them")
	s, err := startStack(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = nil // interrupted: the user asked for the end
		}
		return code, errors.Join(err, s.close())
	}
	defer func() { err = errors.Join(err, s.close()) }()
	text := strings.Join(s.environment(), "\n") + "\n"
	remove, err := writeEnvironment(text)
	if err != nil {
		return code, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if len(command) > 0 {
		return runCommand(ctx, command, s.environment())
	}
	fmt.Print(text) // without a command, whose output would mix with it
	select {
	case <-ctx.Done():
		return code, nil
	case err := <-s.ended():
		return code, err
	}
}

// runCommand passes an interrupt on to the command, and waits for the command to end.
func runCommand(ctx context.Context, command, environment []string) (code int, err error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), environment...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = commandLimit
	err = cmd.Run()
	if cmd.ProcessState == nil {
		return failed, err
	}
	if code = cmd.ProcessState.ExitCode(); code < 0 { // ended by a signal
		code = failed
	}
	return code, nil
}

// whileParentLives returns a context that ends when this process becomes an orphan, as after `go run` was killed.
func whileParentLives(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	parent := os.Getppid()
	go func() {
		for range time.Tick(parentPoll) {
			if os.Getppid() != parent {
				cancel()
				return
			}
		}
	}()
	return ctx
}
