package devstack

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"marquee/deploy/devstack/server"
	"marquee/storage/embedded"
)

// faultyPostgres does harm to an embedded PostgreSQL. Its supervisor would repair a killed one within milliseconds, so it
// is frozen for as long as the server is to be down.
type faultyPostgres struct {
	server *embedded.Server
	dir    string
	frozen *frozen // nil unless killed
	halted []int   // the processes that Stop has stopped
}

func startPostgres(ctx context.Context, dir string) (faults, error) {
	s, err := embedded.Start(ctx, embedded.Config{
		DataDir:   dir,
		BinDir:    os.Getenv("MARQUEE_POSTGRES_BIN"),
		Temporary: true,
		Logger:    slog.New(slog.DiscardHandler), // it would warn of all that a test does on purpose
	})
	if err != nil {
		return nil, err
	}
	return &faultyPostgres{server: s, dir: dir}, nil
}

func (p *faultyPostgres) URL() string { return p.server.URL() }

func (p *faultyPostgres) Kill() error {
	if p.frozen != nil {
		return nil
	}
	main, err := p.mainProcess()
	if err != nil {
		return err
	}
	processes, parent, err := family(main)
	if err != nil {
		return err
	}
	if p.frozen, err = freeze(parent); err != nil {
		return err
	}
	p.halted = nil
	return errors.Join(signalAll(processes, syscall.SIGKILL), awaitEnd(main))
}

func (p *faultyPostgres) Stop() error {
	main, err := p.mainProcess()
	if err != nil {
		return err
	}
	if err := signalAll([]int{main}, syscall.SIGSTOP); err != nil { // first: it must not start others meanwhile
		return err
	}
	if err := server.AwaitStopped(main); err != nil {
		return err
	}
	if p.halted, _, err = family(main); err != nil {
		return err
	}
	return signalAll(p.halted, syscall.SIGSTOP)
}

func (p *faultyPostgres) Continue() error {
	defer func() { p.halted = nil }()
	return signalAll(p.halted, syscall.SIGCONT)
}

func (p *faultyPostgres) Restart(ctx context.Context) error {
	if err := p.Kill(); err != nil {
		return err
	}
	if err := p.thaw(); err != nil {
		return err
	}
	return p.awaitAnswer(ctx)
}

// RestartEmpty replaces the database, which is all that a client can fill.
func (p *faultyPostgres) RestartEmpty(ctx context.Context) error {
	if err := p.Restart(ctx); err != nil {
		return err
	}
	u, err := url.Parse(p.URL())
	if err != nil {
		return errors.Unwrap(err) // the whole error repeats the password
	}
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	if err := dropDatabase(u.String(), name); err != nil {
		return err
	}
	return execute(ctx, u.String(), "CREATE DATABASE "+name)
}

func (p *faultyPostgres) Close() error {
	return errors.Join(p.Continue(), p.thaw(), p.server.Close(), os.RemoveAll(p.dir))
}

func (p *faultyPostgres) thaw() error {
	if p.frozen == nil {
		return nil
	}
	f := p.frozen
	p.frozen = nil
	return f.thaw()
}

// awaitAnswer is patient: PostgreSQL first recovers from its log.
func (p *faultyPostgres) awaitAnswer(ctx context.Context) error {
	for {
		err := execute(ctx, p.URL(), "SELECT 1")
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(sharedPoll)
	}
}

// mainProcess reads the file in which PostgreSQL keeps its process id.
func (p *faultyPostgres) mainProcess() (int, error) {
	b, err := os.ReadFile(filepath.Join(p.dir, "postgres", "cluster", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strconv.Atoi(line)
}
