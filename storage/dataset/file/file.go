// Package file reads the files of an import: plain or compressed with gzip, cut
// into items of bounded size that know their line numbers.
package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// File is an input file. It stays open until Close, so that every pass reads the
// same bytes even when the path gets another file meanwhile.
type File struct {
	// Name is the last part of the path, for reports.
	Name string
	// Size is the number of bytes on disk.
	Size int64
	// Passes is the number of times that a run reads the file, for the progress.
	Passes int
	handle content
	info   os.FileInfo // nil for memory
	read   *atomic.Int64
	damage error
}

// content is what a File reads from: an open file, or memory.
type content interface {
	io.ReaderAt
	io.Closer
}

// memory is content without a file.
type memory struct{ *bytes.Reader }

// Close does nothing.
func (memory) Close() error { return nil }

// Memory returns a File that reads data. The bytes read are added to read.
func Memory(name string, data []byte, read *atomic.Int64) *File {
	return &File{Name: name, Size: int64(len(data)), Passes: 1, handle: memory{bytes.NewReader(data)}, read: read}
}

// Open opens the files at the paths. A directory stands for the files in it whose
// names end in one of the suffixes. A file that is not in UTF-8 is an error. The bytes
// read are added to read. On an error,
// the files already open are returned too, for the caller to close.
func Open(paths, suffixes []string, read *atomic.Int64) ([]*File, error) {
	if len(paths) == 0 {
		return nil, errors.New("no file is given")
	}
	var files []*File
	for _, path := range paths {
		found, err := expand(path, suffixes)
		if err != nil {
			return files, err
		}
		for _, p := range found {
			f, err := openFile(p, read)
			if err != nil {
				return files, err
			}
			files = append(files, f)
			if err := f.checkEncoding(); err != nil {
				return files, err
			}
		}
	}
	return files, nil
}

// expand lists the files of a path.
func expand(path string, suffixes []string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir() && !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is neither a regular file nor a directory; the standard input is given as -", path)
	case !info.IsDir():
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		plain := strings.TrimSuffix(strings.ToLower(e.Name()), ".gz")
		if !e.IsDir() && slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(plain, s) }) {
			found = append(found, filepath.Join(path, e.Name()))
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the directory %s has no %s file", path, strings.Join(suffixes, " or "))
	}
	return found, nil
}

func openFile(path string, read *atomic.Int64) (*File, error) {
	handle, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := handle.Stat()
	if err != nil {
		return nil, errors.Join(err, handle.Close())
	}
	return &File{Name: filepath.Base(path), Size: info.Size(), Passes: 1, handle: handle, info: info, read: read}, nil
}

// Is reports whether info describes this file.
func (f *File) Is(info os.FileInfo) bool { return f.info != nil && os.SameFile(f.info, info) }

// Close closes the file.
func (f *File) Close() error { return f.handle.Close() }

// ResetProgress makes the progress of all files opened together start at zero, after
// a look at the beginning of one.
func (f *File) ResetProgress() { f.read.Store(0) }
