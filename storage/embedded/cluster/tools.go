package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"marquee/storage/embedded/process"
)

const (
	oldestMajor = 15
	// builtinLocaleMajor is the first version with its own C.UTF-8, which does not depend on the library of the system.
	builtinLocaleMajor = 17
	locale             = "C.UTF-8"
)

// Tools are the PostgreSQL programs of an installation.
type Tools struct {
	Postgres string // the path of the server program
	initdb   string
	Version  string   // such as "17.5"
	folder   *os.File // the data directory's folder, inherited by each program
}

// FindTools finds the programs of an installation, whose folder may be given with or without "bin", and runs one for the
// version. The programs inherit a file.
func FindTools(ctx context.Context, folder string, inherited *os.File) (Tools, error) {
	bin := filepath.Join(folder, "bin")
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err != nil {
		if _, inside := os.Stat(filepath.Join(folder, "postgres")); inside == nil {
			bin = folder
		}
	}
	t := Tools{Postgres: filepath.Join(bin, "postgres"), initdb: filepath.Join(bin, "initdb"), folder: inherited}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := t.command(ctx, t.Postgres, "--version")
	out, err := cmd.Output()
	if err != nil {
		return t, fmt.Errorf("user %d cannot run %s: %w; set MARQUEE_POSTGRES_BIN to a PostgreSQL %d or later that it may run", os.Getuid(), t.Postgres, err, oldestMajor)
	}
	// "postgres (PostgreSQL) 17.5 (Debian 17.5-1)"
	_, rest, _ := strings.Cut(string(out), ") ")
	t.Version, _, _ = strings.Cut(strings.TrimSpace(rest), " ")
	if major, err := strconv.Atoi(t.major()); err != nil || major < oldestMajor {
		return t, fmt.Errorf("%s is %q; PostgreSQL %d or later is needed", t.Postgres, strings.TrimSpace(string(out)), oldestMajor)
	}
	return t, nil
}

// major returns the major version, as in the file PG_VERSION.
func (t Tools) major() string {
	major, _, _ := strings.Cut(t.Version, ".")
	return major
}

// create creates a cluster in folder, whose superuser cannot log in.
func (t Tools) create(ctx context.Context, folder string, unsynced bool) error {
	args := []string{"-D", folder, "-U", superuser, "-A", "reject", "-E", "UTF8", "--locale=" + locale, "--no-instructions"}
	if major, _ := strconv.Atoi(t.major()); major >= builtinLocaleMajor {
		args = append(args, "--locale-provider=builtin", "--builtin-locale="+locale)
	}
	if unsynced {
		args = append(args, "--no-sync")
	}
	return process.Run(t.command(ctx, t.initdb, args...))
}

// single runs statements as the superuser, without a server and without a connection. They are on standard input,
// because every user of the machine can read arguments.
func (t Tools) single(ctx context.Context, cluster string, statements ...string) error {
	// A failed statement ends the program instead of being skipped. No message repeats it, because it has a password.
	cmd := t.command(ctx, t.Postgres, "--single", "-D", cluster,
		"-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", "-c", "log_statement=none", "postgres")
	cmd.Stdin = strings.NewReader(strings.Join(statements, ";\n") + ";\n")
	return process.Run(cmd)
}

// command prepares a program that is killed when ctx ends.
func (t Tools) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = Environment()
	cmd.ExtraFiles = []*os.File{t.folder}
	cmd.SysProcAttr = process.ToolAttributes()
	cmd.WaitDelay = time.Second
	return cmd
}

// Environment is the environment of PostgreSQL's programs.
func Environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=" + locale}
}
