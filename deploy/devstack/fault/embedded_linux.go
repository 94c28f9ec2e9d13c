package fault

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

	"marquee/deploy/devstack/process"
	"marquee/deploy/devstack/server"
	"marquee/storage/embedded"
)

const answerPoll = 20 * time.Millisecond

// embeddedPostgres is an embedded PostgreSQL. Its supervisor would restart a killed server within milliseconds, so the
// supervisor is frozen while the server is down.
type embeddedPostgres struct {
	server *embedded.Server
	dir    string
	frozen *process.Frozen // the supervisor; nil unless the server is killed
	halted []int           // the processes that Stop stopped
}

// Postgres starts an embedded PostgreSQL in dir, with the settings of production.
func Postgres(ctx context.Context, dir string) (Server, error) {
	s, err := embedded.Start(ctx, embedded.Config{
		DataDir:   dir,
		BinDir:    os.Getenv("MARQUEE_POSTGRES_BIN"),
		Temporary: true,
		Logger:    slog.New(slog.DiscardHandler), // it would warn of faults that a test causes
	})
	if err != nil {
		return nil, err
	}
	return &embeddedPostgres{server: s, dir: dir}, nil
}

func (p *embeddedPostgres) URL() string { return p.server.URL() }

func (p *embeddedPostgres) Kill() error {
	if p.frozen != nil {
		return nil
	}
	main, err := p.mainProcess()
	if err != nil {
		return err
	}
	processes, parent, err := process.Family(main)
	if err != nil {
		return err
	}
	if p.frozen, err = process.Freeze(parent); err != nil {
		return err
	}
	p.halted = nil
	return errors.Join(process.Signal(processes, syscall.SIGKILL), process.AwaitEnd(main))
}

func (p *embeddedPostgres) Stop() error {
	main, err := p.mainProcess()
	if err != nil {
		return err
	}
	if err := process.Signal([]int{main}, syscall.SIGSTOP); err != nil { // first, so that it starts no others meanwhile
		return err
	}
	if err := process.AwaitStopped(main); err != nil {
		return err
	}
	if p.halted, _, err = process.Family(main); err != nil {
		return err
	}
	return process.Signal(p.halted, syscall.SIGSTOP)
}

func (p *embeddedPostgres) Continue() error {
	defer func() { p.halted = nil }()
	return process.Signal(p.halted, syscall.SIGCONT)
}

func (p *embeddedPostgres) Restart(ctx context.Context) error {
	if err := p.Kill(); err != nil {
		return err
	}
	if err := p.thaw(); err != nil {
		return err
	}
	return p.awaitAnswer(ctx)
}

// RestartEmpty replaces the database, the only part that clients can fill.
func (p *embeddedPostgres) RestartEmpty(ctx context.Context) error {
	if err := p.Restart(ctx); err != nil {
		return err
	}
	u, err := url.Parse(p.URL())
	if err != nil {
		return errors.Unwrap(err) // the whole error contains the password
	}
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	if err := server.DropDatabase(u.String(), name); err != nil {
		return err
	}
	return server.Execute(ctx, u.String(), "CREATE DATABASE "+name)
}

func (p *embeddedPostgres) Close() error {
	return errors.Join(p.Continue(), p.thaw(), p.server.Close(), os.RemoveAll(p.dir))
}

func (p *embeddedPostgres) thaw() error {
	if p.frozen == nil {
		return nil
	}
	f := p.frozen
	p.frozen = nil
	return f.Thaw()
}

// awaitAnswer repeats a query until it succeeds or ctx ends: PostgreSQL first recovers from its log.
func (p *embeddedPostgres) awaitAnswer(ctx context.Context) error {
	for {
		err := server.Execute(ctx, p.URL(), "SELECT 1")
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(answerPoll)
	}
}

func (p *embeddedPostgres) mainProcess() (int, error) {
	return mainProcess(filepath.Join(p.dir, "postgres", "cluster"))
}

// mainProcess reads the id of the main process of PostgreSQL from a file in its data directory.
func mainProcess(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strconv.Atoi(line)
}
