package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	oldestMajor = 15
	// builtinLocaleMajor is the first version with its own C.UTF-8, whose order does not depend on the system's library.
	builtinLocaleMajor = 17
	locale             = "C.UTF-8"
)

// tools are the PostgreSQL programs in use.
type tools struct {
	postgres, initdbPath string
	version              string   // such as "17.5"
	folder               *os.File // inherited by each, see supervisor.enter
}

// findTools looks into an installation, whose folder may be given with or without "bin", and asks for its version.
func findTools(ctx context.Context, folder string, inherited *os.File) (tools, error) {
	bin := filepath.Join(folder, "bin")
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err != nil {
		if _, inside := os.Stat(filepath.Join(folder, "postgres")); inside == nil {
			bin = folder
		}
	}
	t := tools{postgres: filepath.Join(bin, "postgres"), initdbPath: filepath.Join(bin, "initdb"), folder: inherited}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := t.command(ctx, t.postgres, "--version")
	out, err := cmd.Output()
	if err != nil {
		return t, fmt.Errorf("user %d cannot run %s: %w; set MARQUEE_POSTGRES_BIN to a PostgreSQL %d or later that it may run", os.Getuid(), t.postgres, err, oldestMajor)
	}
	// "postgres (PostgreSQL) 17.5 (Debian 17.5-1)"
	_, rest, _ := strings.Cut(string(out), ") ")
	t.version, _, _ = strings.Cut(strings.TrimSpace(rest), " ")
	if major, err := strconv.Atoi(t.major()); err != nil || major < oldestMajor {
		return t, fmt.Errorf("%s is %q; PostgreSQL %d or later is needed", t.postgres, strings.TrimSpace(string(out)), oldestMajor)
	}
	return t, nil
}

// major is what PG_VERSION holds.
func (t tools) major() string {
	major, _, _ := strings.Cut(t.version, ".")
	return major
}

// initdb creates a cluster in folder whose superuser cannot log in.
func (t tools) initdb(ctx context.Context, folder string, unsynced bool) error {
	args := []string{"-D", folder, "-U", superuser, "-A", "reject", "-E", "UTF8", "--locale=" + locale, "--no-instructions"}
	if major, _ := strconv.Atoi(t.major()); major >= builtinLocaleMajor {
		args = append(args, "--locale-provider=builtin", "--builtin-locale="+locale)
	}
	if unsynced {
		args = append(args, "--no-sync")
	}
	return run(t.command(ctx, t.initdbPath, args...))
}

// single runs statements without a server: as the superuser, and without any connection. They travel through standard
// input, not through arguments, which everybody on the machine can read.
func (t tools) single(ctx context.Context, cluster string, statements ...string) error {
	// A failed statement ends the program instead of being skipped, and is not repeated in a message: it has a password.
	cmd := t.command(ctx, t.postgres, "--single", "-D", cluster,
		"-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", "-c", "log_statement=none", "postgres")
	cmd.Stdin = strings.NewReader(strings.Join(statements, ";\n") + ";\n")
	return run(cmd)
}

// command prepares a program that is killed when ctx ends.
func (t tools) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = toolEnvironment()
	cmd.ExtraFiles = []*os.File{t.folder}
	cmd.SysProcAttr = toolAttributes()
	cmd.WaitDelay = time.Second
	return cmd
}

// toolEnvironment is all that PostgreSQL's programs get to see.
func toolEnvironment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=" + locale}
}

// run includes the program's last words in the error.
func run(cmd *exec.Cmd) error {
	var words tail
	cmd.Stdout, cmd.Stderr = &words, &words
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w%s", filepath.Base(cmd.Args[0]), err, words.suffix())
	}
	return nil
}
