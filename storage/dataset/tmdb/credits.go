package tmdb

import (
	"fmt"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
	"marquee/storage/edit"
	"marquee/storage/strictjson"
)

// maxStarring is the number of persons of a cast that become starring.
const maxStarring = 15

// learn remembers a row of credits until the row of its film is read.
func (t *tmdb) learn(r table.Row) error {
	if r.Fault != "" {
		return t.out.Refuse(r.Position, storage.Movie, "", r.Fault)
	}
	c := &credit{at: r.Position}
	for _, p := range c.list(r, "cast") {
		if len(c.starring) == maxStarring {
			c.repairs = append(c.repairs, fmt.Sprintf("cut a cast to its first %d persons", maxStarring))
			break
		}
		c.starring = append(c.starring, person(p))
	}
	for _, p := range c.list(r, "crew") {
		if p.Text("job") == "Director" {
			c.directors = append(c.directors, person(p))
		}
	}
	t.credits[strings.Clone(r.Cell("movie_id"))] = c // a cell would keep its whole row in memory
	return t.out.Context.Err()
}

// list returns the objects of a cell with a JSON list.
func (c *credit) list(r table.Row, column string) []record.Object {
	list, repair := cellObjects(r, column)
	if repair != "" {
		c.repairs = append(c.repairs, repair)
	}
	return list
}

// cellObjects returns the objects of a cell, or a repair when it has no JSON list.
func cellObjects(r table.Row, column string) (list []record.Object, repair string) {
	v, fault := strictjson.Parse([]byte(r.Cell(column)))
	items, ok := v.([]any)
	if fault != nil || !ok {
		return nil, "dropped " + column + ": is not a JSON list"
	}
	return record.Objects(items), ""
}

// person refers to a person by TMDB's id, or by name where there is no id.
func person(p record.Object) edit.Reference {
	return edit.Reference{Name: p.Text("name"), Key: p.ID()}
}

// leftOver refuses the credits of films that are not in the table of movies.
func (t *tmdb) leftOver() error {
	left := make([]*credit, 0, len(t.credits))
	for _, c := range t.credits {
		left = append(left, c)
	}
	slices.SortFunc(left, func(a, b *credit) int { return a.at.Line - b.at.Line })
	for _, c := range left {
		if err := t.out.Refuse(c.at, storage.Movie, "", "has the credits of a film that is not in the table of movies"); err != nil {
			return err
		}
	}
	return nil
}
