package stream

import (
	"errors"
	"net/http"
	"time"
)

// pieceBytes is how much of an answer has to be taken within the reader's patience. It
// also is the buffer of net/http, so that most pieces are one write.
const pieceBytes = 4 << 10

// output writes to a reader, piece by piece: each has its own deadline.
type output struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// begin lifts the read deadline of the server, which would end the request. A writer
// without deadlines is for a connection that does not need them.
func (o *output) begin() error { return supported(o.control.SetReadDeadline(time.Time{})) }

func (o *output) write(parts ...[]byte) error {
	for _, p := range parts {
		for len(p) > 0 {
			n := min(len(p), pieceBytes)
			if err := o.extend(); err != nil {
				return err
			}
			if _, err := o.w.Write(p[:n]); err != nil {
				return err
			}
			p = p[n:]
		}
	}
	return nil
}

// flush sends everything that was written. The deadline after it makes the connection of
// package listen send what it holds, because no more may follow for long.
func (o *output) flush() error {
	if err := o.extend(); err != nil {
		return err
	}
	if err := o.control.Flush(); err != nil {
		return err
	}
	return o.extend()
}

// extend gives the reader its whole patience again.
func (o *output) extend() error {
	return supported(o.control.SetWriteDeadline(time.Now().Add(patience)))
}

func supported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}
