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

// forms are those of base64 that a key may have.
var forms = []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding}

const (
	keyMode    = 0o600
	folderMode = 0o711 // as the private database makes it
)

// File makes a ring of the keys in a file, one a line, the newest first. The
// file is read at the first use, and made with one random key when it is not
// there.
func File(path string) *Ring { return &Ring{path: path} }

// Renew puts a new random key before the others in their file, which stay: other
// processes seal with them until they meet a text that the new one sealed. Only
// one process at a time may. Keys that were given are the giver's to renew.
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

// load returns the keys, read from their file or made in it the first time.
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
		return nil, fmt.Errorf("make a secret key: %w", err)
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
		return nil, fmt.Errorf("others may read the secret keys in %s: make it its owner's alone (chmod 600)", r.path)
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

// create makes the file whole or not at all. When another process was faster,
// that one's keys count.
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

// replace puts the text in the place of the file's.
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

// write writes a file beside path that only its owner may read.
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

// syncFolder has the names in the file's folder survive a crash: secrets that
// are sealed with a lost key are lost.
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
