package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// file is an input file. It stays open from Open to Close, so that every pass
// reads the same bytes even when the path gets another file meanwhile.
type file struct {
	name   string
	handle content
	size   int64
	// passes is how often a run reads the file, for the progress.
	passes int
	read   *atomic.Int64
}

// content is what a file is read from: an open file, or memory.
type content interface {
	io.ReaderAt
	io.Closer
}

// memory is content that the program brings along.
type memory struct{ *bytes.Reader }

// Close does nothing.
func (memory) Close() error { return nil }

// openFiles opens the files at the paths, with directories replaced by the
// files in them that end in one of the suffixes.
func openFiles(paths, suffixes []string, read *atomic.Int64) ([]*file, error) {
	if len(paths) == 0 {
		return nil, errors.New("no file is given")
	}
	var files []*file
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
		}
	}
	return files, nil
}

// expand lists the files that a path stands for.
func expand(path string, suffixes []string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir() && !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is neither a regular file nor a directory", path)
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
		return nil, fmt.Errorf("the directory %s holds no %s file", path, strings.Join(suffixes, " or "))
	}
	return found, nil
}

func openFile(path string, read *atomic.Int64) (*file, error) {
	handle, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := handle.Stat()
	if err != nil {
		return nil, errors.Join(err, handle.Close())
	}
	return &file{name: filepath.Base(path), handle: handle, size: info.Size(), passes: 1, read: read}, nil
}

const readBuffer = 64 << 10

// open starts a pass over the file's content: decompressed when its first bytes
// are gzip's, without a byte order mark. Passes may overlap.
func (f *file) open() (*bufio.Reader, error) {
	raw := bufio.NewReaderSize(&section{SectionReader: io.NewSectionReader(f.handle, 0, f.size), read: f.read}, readBuffer)
	plain := raw
	if magic, _ := raw.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		plain = bufio.NewReaderSize(&namedReader{r: z, name: f.name}, readBuffer)
	}
	if mark, _ := plain.Peek(3); bytes.Equal(mark, []byte("\xEF\xBB\xBF")) {
		_, _ = plain.Discard(3) // they were peeked
	}
	return plain, nil
}

// section counts what is read of a file.
type section struct {
	*io.SectionReader
	read *atomic.Int64
}

func (s *section) Read(p []byte) (int, error) {
	n, err := s.SectionReader.Read(p)
	s.read.Add(int64(n))
	return n, err
}

// namedReader says in an error which file was corrupt.
type namedReader struct {
	r    io.Reader
	name string
}

func (n *namedReader) Read(p []byte) (int, error) {
	c, err := n.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: %w", n.name, err)
	}
	return c, err
}
