// Package cluster creates and configures the database cluster of an embedded PostgreSQL,
// with PostgreSQL's own programs.
package cluster

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

	"marquee/storage/embedded/directory"
)

const (
	clusterFolder = "cluster"
	// superuser has no password and no line in pg_hba.conf: nobody can log in as it.
	superuser     = "postgres"
	passwordBytes = 24
	initLimit     = 2 * time.Minute
	// recoveryLimit bounds a recovery from a crash, which replays at most max_wal_size (1 GB) of log.
	recoveryLimit = 3 * time.Minute
)

// hostRules is the content of pg_hba.conf: one line, which requires a password.
const hostRules = "host all " + directory.Role + " 127.0.0.1/32 scram-sha-256\n"

// defaults are for a program on the same machine as its database.
var defaults = map[string]string{
	"max_connections":    "100",
	"shared_buffers":     "128MB",
	"jit":                "off", // slows queries of milliseconds
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

// Cluster is the folder of PostgreSQL's data.
type Cluster struct {
	// Base is a path of the folder "postgres" that works for this process and its children.
	Base string
	// Directory and Binaries are the configured paths of the folder and of the installation, for messages.
	Directory, Binaries string
	// Settings are added to postgresql.conf.
	Settings map[string]string
	Tools    Tools
}

// Path returns the path of the cluster.
func (c *Cluster) Path() string { return filepath.Join(c.Base, clusterFolder) }

// Prepare creates the cluster at the first start. At every later start it checks that the binaries have its version.
func (c *Cluster) Prepare(ctx context.Context) error {
	b, err := os.ReadFile(filepath.Join(c.Path(), "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		if err := c.create(ctx); err != nil {
			return fmt.Errorf("create the database cluster: %w", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if on := strings.TrimSpace(string(b)); on != c.Tools.major() {
		return fmt.Errorf("the data in %s was written by PostgreSQL %s, but the binaries in %s are version %s: "+
			"set MARQUEE_POSTGRES_BIN to a PostgreSQL %s; to change versions, export with it and import into a new data directory",
			c.Directory, on, c.Binaries, c.Tools.Version, on)
	}
	return c.ensurePassword(ctx)
}

// create creates the cluster under another name and renames it, so that an interrupted run leaves no partial cluster.
func (c *Cluster) create(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, initLimit)
	defer cancel()
	draft := c.Path() + ".new"
	if err := os.RemoveAll(draft); err != nil {
		return err
	}
	if err := c.Tools.create(ctx, draft, c.Settings["fsync"] == "off"); err != nil {
		if _, unknown := user.LookupId(strconv.Itoa(os.Getuid())); unknown != nil {
			return fmt.Errorf("user %d has no name, which initdb needs: add it to /etc/passwd, or run as another user: %w", os.Getuid(), err)
		}
		return err
	}
	if err := os.WriteFile(filepath.Join(draft, "pg_hba.conf"), []byte(hostRules), 0o600); err != nil {
		return err
	}
	password, err := c.newPassword()
	if err != nil {
		return err
	}
	err = c.Tools.single(ctx, draft,
		"CREATE ROLE "+directory.Role+" LOGIN CREATEDB PASSWORD '"+password+"'",
		"CREATE DATABASE "+directory.Database+" OWNER "+directory.Role)
	if err != nil {
		return err
	}
	return os.Rename(draft, c.Path())
}

// ensurePassword replaces a lost password file.
func (c *Cluster) ensurePassword(ctx context.Context) error {
	_, err := os.Stat(filepath.Join(c.Base, directory.PasswordFile))
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	password, err := c.newPassword()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, recoveryLimit) // the server may have to recover from a crash first
	defer cancel()
	err = c.Tools.single(ctx, c.Path(), "ALTER ROLE "+directory.Role+" PASSWORD '"+password+"'")
	if err != nil {
		return errors.Join(fmt.Errorf("replace the lost password: %w", err), os.Remove(filepath.Join(c.Base, directory.PasswordFile)))
	}
	return nil
}

func (c *Cluster) newPassword() (string, error) {
	b := make([]byte, passwordBytes)
	rand.Read(b)
	password := hex.EncodeToString(b)
	return password, WriteFile(filepath.Join(c.Base, directory.PasswordFile), []byte(password+"\n"))
}

// WriteSettings writes postgresql.conf and pg_hba.conf. They are written at every start, so that both have the settings
// of this version of the program.
func (c *Cluster) WriteSettings(port int) error {
	settings := maps.Clone(defaults)
	maps.Copy(settings, c.Settings)
	maps.Copy(settings, fixed)
	settings["port"] = fmt.Sprint(port)
	var b bytes.Buffer
	b.WriteString("# Written at every start; changes are lost.\n")
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if strings.ContainsAny(name+settings[name], "\r\n\\") || strings.ContainsAny(name, " ='#") {
			return fmt.Errorf("setting %q: the name or value has a character that postgresql.conf cannot hold; remove it", name)
		}
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.ReplaceAll(settings[name], "'", "''"))
	}
	if err := WriteFile(filepath.Join(c.Path(), "pg_hba.conf"), []byte(hostRules)); err != nil {
		return err
	}
	return WriteFile(filepath.Join(c.Path(), "postgresql.conf"), b.Bytes())
}

// WriteFile replaces a file atomically. Other users cannot read it.
func WriteFile(path string, content []byte) error {
	draft := path + ".new"
	if err := os.WriteFile(draft, content, 0o600); err != nil {
		return err
	}
	return os.Rename(draft, path)
}
