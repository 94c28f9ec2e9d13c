package file

import (
	"bufio"
	"errors"
	"io"

	"marquee/storage/incoming"
)

// MaxItem bounds in bytes one line, row or list item of a foreign file. The
// largest of the known data sets is a twelfth of it.
const MaxItem = 1 << 20

// Item is a piece of a file: a line, a row or an item of a list.
type Item struct {
	incoming.Position
	// Data is valid until the next item is read.
	Data []byte
	// Fault, when not empty, says why there is no usable data.
	Fault string
}

// Items yields the items of a file.
type Items interface {
	// Next returns the next item, and io.EOF after the last.
	Next() (Item, error)
}

// Each calls visit for every item of the file.
func Each(f *File, cut func(*bufio.Reader) Items, visit func(Item) error) error {
	r, err := f.Reader()
	if err != nil {
		return err
	}
	for pieces := cut(r); ; {
		it, err := pieces.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			it.File = f.Name
			err = visit(it)
		}
		if err != nil {
			return err
		}
	}
}

// First reads the first item of the file, so that the caller can check the format.
// Of an empty file it is an item without data.
func First(f *File, cut func(*bufio.Reader) Items) (Item, error) {
	r, err := f.Reader()
	if err != nil {
		return Item{}, err
	}
	defer f.ResetProgress()
	it, err := cut(r).Next()
	if errors.Is(err, io.EOF) {
		return Item{}, nil
	}
	return it, err
}
