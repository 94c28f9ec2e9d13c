package elastic

import (
	"marquee/search/highlight"
	"marquee/storage"
)

// remember remembers the names that the objects of the page show, if they are needed.
func (l *listing) remember(hits []hit) error {
	if !l.Highlight {
		return nil
	}
	l.names = make([][]string, len(hits))
	for i := range hits {
		var err error
		if l.names[i], err = hits[i].Source.PersonNames(); err != nil {
			return err
		}
	}
	return nil
}

// highlight finds the text in the objects of the page, if the query asks for it.
func (l *listing) highlight(page *storage.Page) error {
	if !l.Highlight {
		return nil
	}
	finder, err := highlight.New(l.Text, l.parsed, page.Relaxed)
	if err != nil {
		return err
	}
	page.Highlights, err = highlight.Objects(finder, page.Objects, func(object int, _ []string) []string { return l.names[object] })
	return err
}
