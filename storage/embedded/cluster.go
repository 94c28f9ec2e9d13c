package embedded

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	clusterFolder = "cluster"
	databaseName  = "marquee"
	// roleName owns the database and is no superuser, so a statement smuggled into the program cannot read files or
	// run commands. It may create databases, which tests do, and the trusted extensions. The superuser has no password
	// and no line in pg_hba.conf: nobody can log in as it.
	roleName      = "marquee"
	superuser     = "postgres"
	passwordBytes = 24
	initLimit     = 2 * time.Minute
)

// hostRules is pg_hba.conf: one line, with a password.
const hostRules = "host all " + roleName + " 127.0.0.1/32 scram-sha-256\n"

// defaults suit a program that shares its machine with its database.
var defaults = map[string]string{
	"max_connections":    "100",
	"shared_buffers":     "128MB",
	"jit":                "off", // costs more than it brings on queries of milliseconds
	"timezone":           "UTC",
	"log_timezone":       "UTC",
	"log_line_prefix":    "%m [%p] ",
	"synchronous_commit": "on", // an acknowledged write survives a crash
	"cluster_name":       "marquee",
}

// fixed keeps the server private; Settings cannot change it.
var fixed = map[string]string{
	"listen_addresses":        "127.0.0.1",
	"unix_socket_directories": "",
	"password_encryption":     "scram-sha-256",
	"logging_collector":       "off", // the supervisor writes, and bounds, the log
}

func (s *supervisor) cluster() string { return filepath.Join(s.base, clusterFolder) }

// prepareCluster creates the cluster at the first start, and checks at every later one that the binaries fit it.
func (s *supervisor) prepareCluster(ctx context.Context) error {
	b, err := os.ReadFile(filepath.Join(s.cluster(), "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		if err := s.createCluster(ctx); err != nil {
			return fmt.Errorf("create the database cluster: %w", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if on := strings.TrimSpace(string(b)); on != s.tools.major() {
		return fmt.Errorf("the data in %s was written by PostgreSQL %s, but the binaries in %s are version %s: "+
			"set MARQUEE_POSTGRES_BIN to a PostgreSQL %s; to change versions, export with it and import into a new data directory",
			s.config.Directory, on, s.config.Binaries, s.tools.version, on)
	}
	return s.ensurePassword(ctx)
}

// createCluster works in a folder of another name, so that an interrupted run leaves nothing that looks complete.
func (s *supervisor) createCluster(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, initLimit)
	defer cancel()
	draft := s.cluster() + ".new"
	if err := os.RemoveAll(draft); err != nil {
		return err
	}
	if err := s.tools.initdb(ctx, draft, s.config.Settings["fsync"] == "off"); err != nil {
		if _, unknown := user.LookupId(strconv.Itoa(os.Getuid())); unknown != nil {
			return fmt.Errorf("user %d has no name, which initdb wants: add it to /etc/passwd, or run as another user: %w", os.Getuid(), err)
		}
		return err
	}
	if err := os.WriteFile(filepath.Join(draft, "pg_hba.conf"), []byte(hostRules), 0o600); err != nil {
		return err
	}
	password, err := s.newPassword()
	if err != nil {
		return err
	}
	err = s.tools.single(ctx, draft,
		"CREATE ROLE "+roleName+" LOGIN CREATEDB PASSWORD '"+password+"'",
		"CREATE DATABASE "+databaseName+" OWNER "+roleName)
	if err != nil {
		return err
	}
	return os.Rename(draft, s.cluster())
}

// ensurePassword replaces a lost password file.
func (s *supervisor) ensurePassword(ctx context.Context) error {
	_, err := os.Stat(filepath.Join(s.base, passwordFile))
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	password, err := s.newPassword()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyLimit) // it may have to recover from a crash first
	defer cancel()
	err = s.tools.single(ctx, s.cluster(), "ALTER ROLE "+roleName+" PASSWORD '"+password+"'")
	if err != nil {
		return errors.Join(fmt.Errorf("replace the lost password: %w", err), os.Remove(filepath.Join(s.base, passwordFile)))
	}
	return nil
}

func (s *supervisor) newPassword() (string, error) {
	b := make([]byte, passwordBytes)
	rand.Read(b)
	password := hex.EncodeToString(b)
	return password, writeFile(filepath.Join(s.base, passwordFile), []byte(password+"\n"))
}

// writeSettings writes postgresql.conf and pg_hba.conf anew at every start, so that both always say what this version
// of the program means.
func (s *supervisor) writeSettings() error {
	settings := maps.Clone(defaults)
	maps.Copy(settings, s.config.Settings)
	maps.Copy(settings, fixed)
	settings["port"] = fmt.Sprint(s.port)
	var b bytes.Buffer
	b.WriteString("# Written at every start; changes are lost.\n")
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if strings.ContainsAny(name+settings[name], "\r\n\\") || strings.ContainsAny(name, " ='#") {
			return fmt.Errorf("setting %q: a name or value with a character that postgresql.conf cannot hold", name)
		}
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.ReplaceAll(settings[name], "'", "''"))
	}
	if err := writeFile(filepath.Join(s.cluster(), "pg_hba.conf"), []byte(hostRules)); err != nil {
		return err
	}
	return writeFile(filepath.Join(s.cluster(), "postgresql.conf"), b.Bytes())
}

// writeFile replaces a file in one step, closed to other users.
func writeFile(path string, content []byte) error {
	draft := path + ".new"
	if err := os.WriteFile(draft, content, 0o600); err != nil {
		return err
	}
	return os.Rename(draft, path)
}
