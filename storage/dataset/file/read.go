package file

import (
	"bufio"
	"bytes"
	"io"
	"sync/atomic"
)

const readBuffer = 64 << 10

// Reader starts a pass over the file's content. The content is decompressed when it
// begins with the first bytes of gzip; a byte order mark is skipped. Line ends of CR alone
// become LF. Passes may overlap.
func (f *File) Reader() (*bufio.Reader, error) {
	raw := bufio.NewReaderSize(&section{SectionReader: io.NewSectionReader(f.handle, 0, f.Size), read: f.read}, readBuffer)
	plain := raw
	if magic, _ := raw.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := newMembers(raw, f)
		if err != nil {
			return nil, err
		}
		plain = bufio.NewReaderSize(z, readBuffer)
	}
	if mark, _ := plain.Peek(3); bytes.Equal(mark, []byte("\xEF\xBB\xBF")) {
		_, _ = plain.Discard(3) // they were peeked
	}
	if begin, _ := plain.Peek(readBuffer); bytes.IndexByte(begin, '\n') < 0 && bytes.IndexByte(begin, '\r') >= 0 {
		plain = bufio.NewReaderSize(&returns{r: plain}, readBuffer)
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

// returns replaces each CR of a text by LF.
type returns struct{ r io.Reader }

func (t *returns) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}
