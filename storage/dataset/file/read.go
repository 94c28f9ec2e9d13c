package file

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

const readBuffer = 64 << 10

// Reader starts a pass over the file's content. The content is decompressed when it
// begins with the first bytes of gzip; a byte order mark is skipped. Passes may overlap.
func (f *File) Reader() (*bufio.Reader, error) {
	raw := bufio.NewReaderSize(&section{SectionReader: io.NewSectionReader(f.handle, 0, f.Size), read: f.read}, readBuffer)
	plain := raw
	if magic, _ := raw.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		plain = bufio.NewReaderSize(&namedReader{r: z, name: f.Name}, readBuffer)
	}
	if mark, _ := plain.Peek(3); bytes.Equal(mark, []byte("\xEF\xBB\xBF")) {
		_, _ = plain.Discard(3) // they were peeked
	}
	return plain, nil
}

// section counts the bytes read from a file.
type section struct {
	*io.SectionReader
	read *atomic.Int64
}

func (s *section) Read(p []byte) (int, error) {
	n, err := s.SectionReader.Read(p)
	s.read.Add(int64(n))
	return n, err
}

// namedReader adds the name of the file to errors.
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
