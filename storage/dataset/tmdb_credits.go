package dataset

import (
	"fmt"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/strictjson"
)

// maxStarring is how many of a cast star.
const maxStarring = 15

// learn keeps the persons of a row of credits.
func (t *tmdb) learn(r row) error {
	if r.fault != "" {
		return t.out.refuse(r.table.file, r.line, storage.Movie, r.fault)
	}
	c := &credit{file: r.table.file, line: r.line}
	for _, p := range c.list(r, "cast") {
		if len(c.starring) == maxStarring {
			c.mended = append(c.mended, fmt.Sprintf("kept the first %d of a cast", maxStarring))
			break
		}
		c.starring = append(c.starring, tmdbPerson(p))
	}
	for _, p := range c.list(r, "crew") {
		if p.text("job") == "Director" {
			c.directors = append(c.directors, tmdbPerson(p))
		}
	}
	t.credits[strings.Clone(r.cell("movie_id"))] = c // a cell keeps its whole row in memory
	return t.out.ctx.Err()
}

// list reads a cell that holds a JSON list.
func (c *credit) list(r row, column string) []object {
	list, mended := cellObjects(r, column)
	if mended != "" {
		c.mended = append(c.mended, mended)
	}
	return list
}

func cellObjects(r row, column string) (list []object, mended string) {
	v, fault := strictjson.Parse([]byte(r.cell(column)))
	items, ok := v.([]any)
	if fault != nil || !ok {
		return nil, "dropped " + column + ": is not a JSON list"
	}
	return toObjects(items), ""
}

// tmdbPerson refers to a person by TMDB's id; one without is known by name only.
func tmdbPerson(p object) edit.Reference {
	return edit.Reference{Name: p.text("name"), Key: p.id()}
}

// leftOver refuses the credits of films that are not in the table of movies.
func (t *tmdb) leftOver() error {
	left := make([]*credit, 0, len(t.credits))
	for _, c := range t.credits {
		left = append(left, c)
	}
	slices.SortFunc(left, func(a, b *credit) int { return a.line - b.line })
	for _, c := range left {
		if err := t.out.refuse(c.file, c.line, storage.Movie, "is credits of a film that is not in the table of movies"); err != nil {
			return err
		}
	}
	return nil
}
