package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// lines cuts a text file into its lines. One that is longer than the limit is
// passed over without keeping it.
type lines struct {
	r     *bufio.Reader
	limit int
	line  int
	buf   []byte
}

func newLines(r *bufio.Reader) items { return &lines{r: r, limit: maxItem} }

// next returns the next line without its end, \n or \r\n.
func (l *lines) next() (item, error) {
	l.line++
	l.buf = l.buf[:0]
	tooLong, some := false, false
	for {
		part, err := l.r.ReadSlice('\n')
		more := errors.Is(err, bufio.ErrBufferFull)
		some = some || len(part) > 0
		switch {
		case err != nil && !more && !errors.Is(err, io.EOF):
			return item{}, err
		case errors.Is(err, io.EOF) && !some:
			return item{}, io.EOF
		}
		tooLong = tooLong || len(l.buf)+len(part) > l.limit+len("\r\n")
		if !tooLong {
			l.buf = append(l.buf, part...)
		}
		if !more {
			break
		}
	}
	if tooLong {
		return item{line: l.line, fault: overLimit(l.limit)}, nil
	}
	data := bytes.TrimSuffix(bytes.TrimSuffix(l.buf, []byte("\n")), []byte("\r"))
	return item{line: l.line, data: data}, nil
}

func overLimit(limit int) string { return fmt.Sprintf("is longer than %d MiB", limit>>20) }
