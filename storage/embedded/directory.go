package embedded

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
)

const (
	folderName   = "postgres"
	passwordFile = "password"
	runtimeFile  = "server.json"
	programLock  = "program.lock"
	overflowUID  = 65534 // "nobody" where the name is missing
	// lockPatience covers Find, which holds the lock for an instant when it looks whether a program has it.
	lockPatience = 500 * time.Millisecond
)

// directory is the folder "postgres" of a data directory, as the program sees it. Its files are reached through an
// os.Root, because a root program works here in a folder that belongs to an unprivileged user: a symbolic link put
// there must not lead it elsewhere.
type directory struct {
	path     string // absolute
	root     *os.Root
	handle   *os.File
	lockFile *os.File
	uid, gid uint32 // whom the folder belongs to, and the server runs as
}

// openDirectory creates the folder when it is missing, and hands it to an unprivileged user when the program is root.
func openDirectory(dataDir string) (*directory, error) {
	path, err := filepath.Abs(filepath.Join(dataDir, folderName))
	if err != nil {
		return nil, fmt.Errorf("data directory %q: %w", dataDir, err)
	}
	// The data directory can be passed through, so that binaries kept in it can be executed; its folder is closed, see claim.
	if err := os.MkdirAll(path, 0o711); err != nil {
		return nil, fmt.Errorf("create data directory: %w; choose one that this user may write with --data-dir", err)
	}
	d, err := attach(path)
	if err != nil {
		return nil, err
	}
	if err := d.claim(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// attach opens an existing folder without changing it.
func attach(path string) (*directory, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%w; run as the user that created it, or hand it over: chown -R %d %s", err, os.Getuid(), path)
		}
		return nil, err
	}
	d := &directory{path: path, root: root}
	if d.handle, err = root.Open("."); err != nil {
		root.Close()
		return nil, err
	}
	info, err := d.handle.Stat()
	if err != nil {
		d.close()
		return nil, err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		d.uid, d.gid = st.Uid, st.Gid
	}
	return d, nil
}

// claim makes sure that the folder belongs to a user that PostgreSQL accepts, and is closed to others.
func (d *directory) claim() error {
	if me := os.Getuid(); me != 0 && me != int(d.uid) {
		return fmt.Errorf("%s belongs to user %d, not to this one; run as it, or hand it over: chown -R %d %s", d.path, d.uid, me, d.path)
	}
	if d.uid == 0 {
		if names, _ := d.handle.Readdirnames(1); len(names) > 0 { // an empty folder is an error too
			return fmt.Errorf("%s belongs to root, whom PostgreSQL refuses; hand it over: chown -R nobody %s", d.path, d.path)
		}
		d.uid, d.gid = unprivileged()
		if err := d.handle.Chown(int(d.uid), int(d.gid)); err != nil {
			return fmt.Errorf("hand the folder to an unprivileged user: %w; run as an ordinary user instead", err)
		}
	}
	if err := d.handle.Chmod(0o700); err != nil {
		return fmt.Errorf("close the folder to others: %w", err)
	}
	return nil
}

// unprivileged is the user that runs PostgreSQL for a root program.
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

// lock takes the program's lock, which the kernel releases however the program ends.
func (d *directory) lock(ctx context.Context) error {
	f, err := d.root.OpenFile(programLock, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open lock: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	if err := flock(ctx, f); err != nil {
		holder := make([]byte, 20)
		n, _ := f.ReadAt(holder, 0)
		f.Close()
		pid, _, _ := strings.Cut(string(holder[:n]), "\n")
		return fmt.Errorf("%s: %w by process %s; stop it, or use another --data-dir", d.path, ErrInUse, pid)
	}
	d.lockFile = f
	if os.Getuid() == 0 { // so that the folder's owner can open it too, one day
		if err := f.Chown(int(d.uid), int(d.gid)); err != nil {
			return fmt.Errorf("hand over lock: %w", err)
		}
	}
	return writePID(f)
}

// flock polls for an exclusive lock until ctx ends; a blocking flock could not be given up.
func flock(ctx context.Context, f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// writePID leaves the holder's process id in a lock file, for messages only. Its first line is never empty.
func writePID(f *os.File) error {
	line := strconv.Itoa(os.Getpid()) + "\n"
	if _, err := f.WriteAt([]byte(line), 0); err != nil {
		return err
	}
	return f.Truncate(int64(len(line)))
}

// runtimeInfo is the content of server.json. It holds no secret.
type runtimeInfo struct {
	Port       int    `json:"port"`
	Supervisor int    `json:"supervisor_pid"`
	Version    string `json:"version"`
}

// runtime reads server.json; fs.ErrNotExist means that no server has announced itself.
func (d *directory) runtime() (runtimeInfo, error) {
	var info runtimeInfo
	b, err := d.root.ReadFile(runtimeFile)
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(b, &info); err != nil {
		return info, fmt.Errorf("read %s: %w", filepath.Join(d.path, runtimeFile), err)
	}
	return info, nil
}

// url joins the port and the stored password.
func (d *directory) url(port int) (string, error) {
	password, err := d.root.ReadFile(passwordFile)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable", roleName, strings.TrimSpace(string(password)), port, databaseName), nil
}

func (d *directory) close() {
	d.root.Close()
	d.handle.Close()
	if d.lockFile != nil {
		d.lockFile.Close()
	}
}
