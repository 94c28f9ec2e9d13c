// Package directory is the folder in which an embedded PostgreSQL keeps its files, as the
// program sees it.
package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"marquee/storage/embedded/process"
)

// ErrInUse is wrapped by the error of Lock when a process already runs a server in the
// data directory.
var ErrInUse = errors.New("the data directory is in use")

const (
	// FolderName is the folder of a data directory.
	FolderName = "postgres"
	// PasswordFile holds the password of Role.
	PasswordFile = "password"
	// RuntimeFile holds a Runtime while a server runs.
	RuntimeFile = "server.json"
	// Database is the database of the catalogue.
	Database = "marquee"
	// Role owns the database and is not a superuser, so an injected statement cannot read files or run commands. It may
	// create databases, as tests do, and the trusted extensions.
	Role = "marquee"

	programLock = "program.lock"
	overflowUID = 65534 // "nobody" where the name is missing
	// lockPatience is longer than Held holds the lock.
	lockPatience = 500 * time.Millisecond
)

// Directory is the folder "postgres" of a data directory. Its files are opened through an os.Root, because a program of
// root works here in a folder of an unprivileged user: a symbolic link there must not lead it elsewhere.
type Directory struct {
	Path     string // absolute
	Handle   *os.File
	UID, GID uint32 // the owner of the folder, who runs the server
	root     *os.Root
	lockFile *os.File
}

// Open opens the folder, which it creates when it is missing. When the program is root, the folder gets an unprivileged
// owner.
func Open(dataDir string) (*Directory, error) {
	path, err := filepath.Abs(filepath.Join(dataDir, FolderName))
	if err != nil {
		return nil, fmt.Errorf("data directory %q: %w", dataDir, err)
	}
	// Other users may pass through the data directory to execute binaries in it. Its folder is closed, see claim.
	if err := os.MkdirAll(path, 0o711); err != nil {
		return nil, fmt.Errorf("create data directory: %w; with --data-dir choose one that this user may write", err)
	}
	d, err := Attach(path)
	if err != nil {
		return nil, err
	}
	if err := d.claim(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Attach opens an existing folder without changing it.
func Attach(path string) (*Directory, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%w; run as the user that created it, or change its owner: chown -R %d %s", err, os.Getuid(), path)
		}
		return nil, err
	}
	d := &Directory{Path: path, root: root}
	if d.Handle, err = root.Open("."); err != nil {
		root.Close()
		return nil, err
	}
	info, err := d.Handle.Stat()
	if err != nil {
		d.Close()
		return nil, err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		d.UID, d.GID = st.Uid, st.Gid
	}
	return d, nil
}

// claim ensures that PostgreSQL accepts the owner of the folder, and that the folder is closed to others.
func (d *Directory) claim() error {
	if me := os.Getuid(); me != 0 && me != int(d.UID) {
		return fmt.Errorf("%s belongs to another user (%d); run as that user, or change its owner: chown -R %d %s", d.Path, d.UID, me, d.Path)
	}
	if d.UID == 0 {
		if names, _ := d.Handle.Readdirnames(1); len(names) > 0 { // an empty folder returns io.EOF
			return fmt.Errorf("%s belongs to root, which PostgreSQL refuses; change its owner: chown -R nobody %s", d.Path, d.Path)
		}
		d.UID, d.GID = unprivileged()
		if err := d.Handle.Chown(int(d.UID), int(d.GID)); err != nil {
			return fmt.Errorf("change the owner of the folder to an unprivileged user: %w; run as an ordinary user instead", err)
		}
	}
	if err := d.Handle.Chmod(0o700); err != nil {
		return fmt.Errorf("close the folder to others: %w", err)
	}
	return nil
}

// unprivileged returns the user that runs PostgreSQL for a program of root.
func unprivileged() (uid, gid uint32) {
	u, err := user.Lookup("nobody")
	if err != nil {
		return overflowUID, overflowUID
	}
	id, err1 := strconv.ParseUint(u.Uid, 10, 32)
	group, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err1 != nil || err2 != nil || id == 0 {
		return overflowUID, overflowUID
	}
	return uint32(id), uint32(group)
}

// Lock acquires the program's lock. The kernel releases it when the program ends in any way.
func (d *Directory) Lock(ctx context.Context) error {
	f, err := d.root.OpenFile(programLock, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open lock: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	if err := process.Lock(ctx, f); err != nil {
		holder := make([]byte, 20)
		n, _ := f.ReadAt(holder, 0)
		f.Close()
		pid, _, _ := strings.Cut(string(holder[:n]), "\n")
		return fmt.Errorf("%s: %w by process %s; stop it, or use another --data-dir", d.Path, ErrInUse, pid)
	}
	d.lockFile = f
	if os.Getuid() == 0 { // so that the owner of the folder can open it later
		if err := f.Chown(int(d.UID), int(d.GID)); err != nil {
			return fmt.Errorf("change the owner of the lock: %w", err)
		}
	}
	return process.WritePID(f)
}

// Runtime is the content of server.json. It holds no secret.
type Runtime struct {
	Port       int    `json:"port"`
	Supervisor int    `json:"supervisor_pid"`
	Version    string `json:"version"`
}

// Runtime reads server.json. The error is fs.ErrNotExist when no server is ready.
func (d *Directory) Runtime() (Runtime, error) {
	var info Runtime
	b, err := d.root.ReadFile(RuntimeFile)
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(b, &info); err != nil {
		return info, fmt.Errorf("read %s: %w", filepath.Join(d.Path, RuntimeFile), err)
	}
	return info, nil
}

// URL returns the connection URL of the server at the port, with its password.
func (d *Directory) URL(port int) (string, error) {
	password, err := d.root.ReadFile(PasswordFile)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable", Role, strings.TrimSpace(string(password)), port, Database), nil
}

// Close closes the folder and releases the lock.
func (d *Directory) Close() {
	d.root.Close()
	d.Handle.Close()
	if d.lockFile != nil {
		d.lockFile.Close()
	}
}

// Held reports whether a program holds the lock. It acquires the lock for an instant, which Lock waits for.
func (d *Directory) Held() (bool, error) {
	f, err := d.root.Open(programLock)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
