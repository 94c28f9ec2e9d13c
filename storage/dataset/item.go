package dataset

import (
	"bufio"
	"errors"
	"io"
)

// item is a piece of a file: a line, a row or an item of a list.
type item struct {
	line int
	// data is valid until the next item is read.
	data []byte
	// fault, when not empty, says why there is no usable data.
	fault string
}

// items yields the pieces of a file; io.EOF ends them.
type items interface {
	next() (item, error)
}

// eachItem calls visit for every item of the file.
func eachItem(f *file, cut func(*bufio.Reader) items, visit func(item) error) error {
	r, err := f.open()
	if err != nil {
		return err
	}
	for pieces := cut(r); ; {
		it, err := pieces.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = visit(it)
		}
		if err != nil {
			return err
		}
	}
}

// firstItem reads the first item of the file, for telling what the file is; an
// empty file has an item without data.
func firstItem(f *file, cut func(*bufio.Reader) items) (item, error) {
	r, err := f.open()
	if err != nil {
		return item{}, err
	}
	defer f.read.Store(0)
	it, err := cut(r).next()
	if errors.Is(err, io.EOF) {
		return item{line: 1}, nil
	}
	return it, err
}
