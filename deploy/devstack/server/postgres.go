package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// PostgresSuperuser is the superuser of the servers that Postgres starts.
	PostgresSuperuser = "postgres"
	// nobody is the user that runs PostgreSQL when this process is root, which PostgreSQL refuses.
	nobody = 65534
	// postgresToolLimit bounds initdb and pg_basebackup.
	postgresToolLimit = 4 * time.Minute
)

// postgresSettings trade safety for speed and memory: a test's data need not survive a crash of the machine. Commits stay
// synchronous, because the log's writer would send asynchronous ones to replicas every 200 ms only.
var postgresSettings = map[string]string{
	"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "60", "shared_buffers": "32MB",
	"fsync": "off", "full_page_writes": "off", "jit": "off", "timezone": "UTC",
}

// Postgres starts a PostgreSQL server with an empty cluster in dir, which ReplicaOf can copy. Connections from this machine
// need no password. Postgres runs the programs of a local installation that has pg_basebackup.
func Postgres(ctx context.Context, dir string) (*Process, error) {
	return startPostgres(ctx, dir, func(ctx context.Context, t postgresTools, data string) error {
		return t.run(ctx, "initdb", "-D", data, "-U", PostgresSuperuser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	})
}

// ReplicaOf starts a streaming replica of a server that Postgres started, from a copy by pg_basebackup.
func ReplicaOf(ctx context.Context, primary *Process, dir string) (*Process, error) {
	return startPostgres(ctx, dir, func(ctx context.Context, t postgresTools, data string) error {
		return t.run(ctx, "pg_basebackup", "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", postgresURL(address(primary.port))+"&application_name=replica")
	})
}

// startPostgres calls fill to create the data, and starts a server on it.
func startPostgres(ctx context.Context, dir string, fill func(ctx context.Context, t postgresTools, data string) error) (*Process, error) {
	t, err := findPostgresTools()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, dataFolder)
	if err := errors.Join(os.MkdirAll(data, 0o700), t.own(dir), t.own(data)); err != nil {
		return nil, err
	}
	if err := fill(ctx, t, data); err != nil {
		return nil, fmt.Errorf("make a PostgreSQL cluster: %w", err)
	}
	return start(ctx, kind{
		name:       "PostgreSQL",
		scheme:     "postgres",
		credential: t.credential,
		ready:      pingPostgres,
		command: func(dir string, port int) *exec.Cmd {
			args := []string{"-D", filepath.Join(dir, dataFolder), "-c", "port=" + strconv.Itoa(port)}
			for name, value := range postgresSettings {
				args = append(args, "-c", name+"="+value)
			}
			return exec.Command(filepath.Join(t.folder, "postgres"), args...) //nolint:noctx // runs until Kill
		},
	}, dir)
}

// postgresURL returns the address of the database postgres, which every cluster has, for the superuser.
func postgresURL(address string) string {
	return "postgres://" + PostgresSuperuser + "@" + address + "/postgres?sslmode=disable"
}

// pingPostgres also returns an error while the server recovers, and until a replica is consistent.
func pingPostgres(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, postgresURL(address))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return conn.Ping(ctx)
}

// postgresTools are the programs of an installation, and the user that runs them: nil for the user of this process.
type postgresTools struct {
	folder     string
	credential *syscall.Credential
}

// findPostgresTools returns the programs of the newest Debian installation, or of the one on the path.
func findPostgresTools() (postgresTools, error) {
	var t postgresTools
	if os.Getuid() == 0 {
		t.credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/[1-9][0-9]/bin/pg_basebackup", "/usr/local/pgsql/bin/pg_basebackup"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 { // the pattern is well formed; versions of two digits sort by number
			t.folder = filepath.Dir(found[len(found)-1])
			return t, nil
		}
	}
	path, err := exec.LookPath("pg_basebackup")
	if err != nil {
		return t, errors.New("pg_basebackup is not installed; install PostgreSQL (on Debian the package postgresql)")
	}
	t.folder = filepath.Dir(path)
	return t, nil
}

// own makes the user that runs the programs the owner of a folder.
func (t postgresTools) own(path string) error {
	if t.credential == nil {
		return nil
	}
	return os.Chown(path, int(t.credential.Uid), int(t.credential.Gid))
}

// run runs a program to its end. The error contains the end of its output.
func (t postgresTools) run(ctx context.Context, program string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, postgresToolLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(t.folder, program), args...)
	cmd.Dir, cmd.WaitDelay = "/", time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: t.credential}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, strings.TrimSpace(string(out[max(0, len(out)-logBytes):])))
	}
	return nil
}

// PostgresProgram returns the path of a client program, such as pg_dump, of the installation that Postgres runs.
func PostgresProgram(name string) (string, error) {
	t, err := findPostgresTools()
	if err != nil {
		return "", err
	}
	return filepath.Join(t.folder, name), nil
}
