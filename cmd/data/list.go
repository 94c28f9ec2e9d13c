package data

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"marquee/storage/dataset"
	"marquee/storage/incoming"
)

// list writes every refusal and repair of an import to a file, as NDJSON.
type list struct {
	file *os.File
	out  *bufio.Writer
	// err is the first error of a write, which close returns: the import does not depend
	// on its list.
	err error
}

// newList creates the file at path, unless it is a file of the source. For the path "" it
// returns a list without a file.
func newList(path string, source *dataset.Source) (*list, error) {
	if path == "" {
		return &list{}, nil
	}
	if there, err := os.Stat(path); err == nil && source.Reads(there) {
		return nil, fmt.Errorf("the report would replace %s, which is imported: give it another name", path)
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create the report: %w", err)
	}
	return &list{file: f, out: bufio.NewWriter(f)}, nil
}

// add returns the function that writes an entry, nil for a list without a file.
func (l *list) add() func(incoming.Entry) {
	if l.file == nil {
		return nil
	}
	lines := json.NewEncoder(l.out)
	return func(e incoming.Entry) {
		if err := lines.Encode(e); l.err == nil {
			l.err = err
		}
	}
}

func (l *list) close() error {
	if l.file == nil {
		return nil
	}
	if err := errors.Join(l.err, l.out.Flush(), l.file.Close()); err != nil {
		return fmt.Errorf("write the report %s: %w", l.file.Name(), err)
	}
	return nil
}
