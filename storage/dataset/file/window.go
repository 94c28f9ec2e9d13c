package file

import (
	"bytes"
	"errors"
	"io"

	"marquee/storage/incoming"
)

// Window is the part of a text that is in memory: from the first byte that was not taken
// to the last byte that was read. It lets a reader look ahead and go back.
type Window struct {
	r     io.Reader
	buf   []byte
	start int
	line  int
	ended bool
	cut   bool
}

// NewWindow returns a window over the text of r.
func NewWindow(r io.Reader) *Window {
	return &Window{r: r, buf: make([]byte, 0, readBuffer), line: 1}
}

// Bytes returns the text in memory. It is valid until the next call of More.
func (w *Window) Bytes() []byte { return w.buf[w.start:] }

// Ended reports whether Bytes ends where the text does.
func (w *Window) Ended() bool { return w.ended }

// Cut reports whether the text ends because its file is cut off or damaged.
func (w *Window) Cut() bool { return w.cut }

// More reads more of the text, unless it has ended.
func (w *Window) More() error {
	if w.ended {
		return nil
	}
	if w.start > 0 && len(w.buf) == cap(w.buf) {
		w.buf = w.buf[:copy(w.buf, w.buf[w.start:])]
		w.start = 0
	}
	if len(w.buf) == cap(w.buf) {
		w.buf = append(make([]byte, 0, 2*cap(w.buf)), w.buf...)
	}
	n, err := w.r.Read(w.buf[len(w.buf):cap(w.buf)])
	w.buf = w.buf[:len(w.buf)+n]
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, errCut):
		w.ended, w.cut = true, errors.Is(err, errCut)
	case err != nil:
		return err
	}
	return nil
}

// Take removes the first n bytes of the text.
func (w *Window) Take(n int) {
	w.line += bytes.Count(w.buf[w.start:w.start+n], []byte("\n"))
	w.start += n
}

// Position returns the place at which the window starts.
func (w *Window) Position() incoming.Position { return incoming.Position{Line: w.line} }

// To returns the index after the first byte c at or after from, and reads more of the text
// to find it. It returns -1 when more than limit bytes, or the whole text, have no c.
func (w *Window) To(c byte, from, limit int) (int, error) {
	for {
		if at := bytes.IndexByte(w.Bytes()[from:], c); at >= 0 {
			return from + at + 1, nil
		}
		from = len(w.Bytes())
		if w.ended || from > limit {
			return -1, nil
		}
		if err := w.More(); err != nil {
			return 0, err
		}
	}
}

// SkipLine takes the rest of a line of any length.
func (w *Window) SkipLine() error {
	for {
		end, err := w.To('\n', 0, 0)
		if err != nil {
			return err
		}
		if end >= 0 {
			w.Take(end)
			return nil
		}
		w.Take(len(w.Bytes()))
		if w.ended {
			return nil
		}
	}
}
