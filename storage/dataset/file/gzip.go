package file

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// errCut ends the text of a file that is cut off or damaged. File.Damage has the reason.
var errCut = errors.New("the file is cut off or damaged here")

// BreaksOff is the fault of an item in which a damaged file ends.
const BreaksOff = "breaks off: the file is cut off or damaged here"

// NotUTF8 is the fault of an item that is not valid UTF-8.
const NotUTF8 = "is not valid UTF-8: if it is Latin-1 or Windows-1252, convert the file with iconv -f WINDOWS-1252 -t UTF-8"

// members reads the members of a gzip file one after the other. As gzip does, it accepts
// zeros after the last one. Where the file is damaged, the text ends with errCut.
type members struct {
	raw  *bufio.Reader
	z    *gzip.Reader
	file *File
	// lines and bytes are the numbers of those read.
	lines, bytes int64
	err          error
}

func newMembers(raw *bufio.Reader, f *File) (*members, error) {
	z, err := gzip.NewReader(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	z.Multistream(false)
	return &members{raw: raw, z: z, file: f}, nil
}

func (m *members) Read(p []byte) (int, error) {
	for m.err == nil {
		n, err := m.z.Read(p)
		m.lines += int64(bytes.Count(p[:n], []byte("\n")))
		m.bytes += int64(n)
		switch {
		case errors.Is(err, io.EOF):
			m.err = m.next()
		case err != nil:
			m.err = m.damaged("cut off or damaged", err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, m.err
}

// next begins the next member. It returns io.EOF when there is none.
func (m *members) next() error {
	for {
		begin, err := m.raw.Peek(1)
		switch {
		case errors.Is(err, io.EOF):
			return io.EOF
		case err != nil:
			return m.damaged("not readable", err)
		case begin[0] != 0:
			if err := m.z.Reset(m.raw); err != nil {
				_ = m.damaged("followed by bytes that are not gzip", err)
				return io.EOF // the text of the last member is complete
			}
			m.z.Multistream(false)
			return nil
		}
		_, _ = m.raw.Discard(1) // it was peeked
	}
}

func (m *members) damaged(how string, err error) error {
	m.file.damage = fmt.Errorf("%s is %s after line %d, byte %d of its text: %w; what precedes was read, get the file again", m.file.Name, how, m.lines, m.bytes, err)
	return errCut
}

// Damage returns the error of a file that is cut off or damaged, after a pass over it.
func (f *File) Damage() error { return f.damage }
