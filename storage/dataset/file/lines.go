package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"marquee/storage/incoming"
)

// lines cuts a text file into lines. A line longer than the limit is skipped
// without being held in memory.
type lines struct {
	r     *bufio.Reader
	limit int
	line  int
	buf   []byte
}

// NewLines cuts a text into its lines, of at most MaxItem bytes.
func NewLines(r *bufio.Reader) Items { return NewLinesOf(r, MaxItem) }

// NewLinesOf cuts a text into its lines, of at most limit bytes.
func NewLinesOf(r *bufio.Reader, limit int) Items { return &lines{r: r, limit: limit} }

// Next returns the next line without its end, \n or \r\n.
func (l *lines) Next() (Item, error) {
	l.line++
	l.buf = l.buf[:0]
	tooLong, some := false, false
	for {
		part, err := l.r.ReadSlice('\n')
		more, cut := errors.Is(err, bufio.ErrBufferFull), errors.Is(err, errCut)
		some = some || len(part) > 0
		switch {
		case err != nil && !more && !cut && !errors.Is(err, io.EOF):
			return Item{}, err
		case err != nil && !more && !some:
			return Item{}, io.EOF
		case cut:
			return Item{Position: incoming.Position{Line: l.line}, Fault: BreaksOff}, nil
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
		return Item{Position: incoming.Position{Line: l.line}, Fault: OverLimit(l.limit)}, nil
	}
	data := bytes.TrimSuffix(bytes.TrimSuffix(l.buf, []byte("\n")), []byte("\r"))
	return Item{Position: incoming.Position{Line: l.line}, Data: data}, nil
}

// OverLimit returns the fault of an item above a limit in bytes.
func OverLimit(limit int) string { return fmt.Sprintf("is longer than %d MiB", limit>>20) }
