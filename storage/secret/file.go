package secret

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// forms are the forms of base64 that a key may have.
var forms = []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding}

const (
	keyMode    = 0o600
	folderMode = 0o711 // as of the embedded database
)

// File returns a ring of the keys in a file, one a line, the newest first. The file is
// read at the first use. When it does not exist, it is created with one random key.
func File(path string) *Ring { return &Ring{path: path} }

// Renew inserts a new random key before the others in the file. The others stay, because
// other processes seal with them until they open a text of the new key. Only one process
// at a time may call Renew. On a ring from Parse it does nothing.
func (r *Ring) Renew() error {
	if r.path == "" {
		return nil
	}
	if _, err := r.load(); err != nil {
		return err
	}
	text, err := os.ReadFile(r.path)
	if err != nil {
		return fmt.Errorf("read the secret keys: %w", err)
	}
	if err := replace(r.path, newLine()+string(text)); err != nil {
		return fmt.Errorf("write the secret keys: %w", err)
	}
	_, err = r.read()
	return err
}

// load returns the keys. The first call reads the file, or creates it.
func (r *Ring) load() ([]key, error) {
	r.mu.Lock()
	keys := r.keys
	r.mu.Unlock()
	if keys != nil {
		return keys, nil
	}
	keys, err := r.read()
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := create(r.path); err != nil {
		return nil, fmt.Errorf("create a secret key: %w", err)
	}
	return r.read()
}

// read reads the keys from their file.
func (r *Ring) read() ([]key, error) {
	info, err := os.Stat(r.path)
	if err != nil {
		return nil, fmt.Errorf("read the secret keys: %w", err)
	}
	if info.Mode().Perm()&^keyMode != 0 {
		return nil, fmt.Errorf("other users may read the secret keys in %s: allow only the owner (chmod 600)", r.path)
	}
	text, err := os.ReadFile(r.path)
	if err != nil {
		return nil, fmt.Errorf("read the secret keys: %w", err)
	}
	keys, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.path, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = keys
	return keys, nil
}

// create creates the file atomically. When another process created it first, that file
// stays.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), folderMode); err != nil {
		return err
	}
	temporary, err := write(path, newLine())
	if err != nil {
		return err
	}
	err = os.Link(temporary, path)
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return errors.Join(err, os.Remove(temporary), syncFolder(path))
}

// replace replaces the content of the file atomically.
func replace(path, text string) error {
	temporary, err := write(path, text)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return syncFolder(path)
}

// write writes a temporary file next to path that only the owner may read.
func write(path, text string) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // has mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// syncFolder makes the names in the folder of the file survive a crash: a secret sealed
// with a lost key is lost.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func newLine() string {
	raw := make([]byte, KeySize)
	_, _ = rand.Read(raw) // never fails
	return base64.StdEncoding.EncodeToString(raw) + "\n"
}
