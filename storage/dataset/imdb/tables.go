package imdb

import (
	"fmt"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/dataset/table"
)

// The tables, by their usual names.
const (
	nameBasics      = "name.basics"
	titleBasics     = "title.basics"
	titlePrincipals = "title.principals"
	titleRatings    = "title.ratings"
	titleCrew       = "title.crew"
	titleEpisode    = "title.episode"
	titleAkas       = "title.akas"
)

// columnsOf lists the columns of each table that are read. They identify the table.
var columnsOf = map[string][]string{
	nameBasics:      {"nconst", "primaryName"},
	titleBasics:     {"tconst", "titleType", "primaryTitle", "startYear", "endYear", "runtimeMinutes", "genres"},
	titlePrincipals: {"tconst", "ordering", "nconst", "category"},
	titleRatings:    {"tconst", "averageRating"},
	titleCrew:       {"tconst", "directors"},
	titleEpisode:    {"tconst", "parentTconst", "seasonNumber", "episodeNumber"},
	titleAkas:       {"titleId", "title", "region"},
}

// kindOf returns the name of the table in a file, by its columns.
func kindOf(f *file.File) (string, error) {
	t, err := table.OpenTSV(f)
	f.ResetProgress()
	if err != nil {
		return "", err
	}
	for kind, columns := range columnsOf {
		if t.Has(columns...) && (kind == nameBasics || first(t, columns[0])) {
			return kind, nil
		}
	}
	return "", fmt.Errorf("%s is none of IMDb's tables: its first line names other columns", f.Name)
}

// first reports whether the named column is the first of the table.
func first(t *table.Table, name string) bool {
	i, ok := t.Index(name)
	return ok && i == 0
}

// sideTables are the tables that are read side by side with title.basics.
var sideTables = []string{titlePrincipals, titleRatings, titleCrew, titleEpisode}

// planPasses sets the number of passes over each file. The sorted files are read once
// to check the order, once for films and series, and once more if there are episodes,
// whose parents must come before them.
func (m *imdb) planPasses() {
	titles := m.files[titleBasics] != nil
	episodes := m.files[titleEpisode] != nil
	for kind, f := range m.files {
		switch {
		case kind == nameBasics:
			f.Passes = 1
		case kind == titleAkas || !titles:
			f.Passes = 0
		case kind == titleEpisode:
			f.Passes = 2
		case episodes:
			f.Passes = 3
		default:
			f.Passes = 2
		}
	}
}

// checkSorted checks, before any record is emitted, that the title tables can be read
// side by side. It refuses the broken rows of the side tables.
func (m *imdb) checkSorted() error {
	if m.files[titleBasics] == nil {
		return nil
	}
	for _, kind := range append([]string{titleBasics}, sideTables...) {
		if m.files[kind] == nil {
			continue
		}
		if err := m.checkTable(kind); err != nil {
			return err
		}
	}
	return nil
}

func (m *imdb) checkTable(kind string) error {
	f := m.files[kind]
	t, err := table.OpenTSV(f)
	if err != nil {
		return err
	}
	last := ""
	return t.Each(func(r table.Row) error {
		switch {
		case r.Fault != "" && kind == titleBasics:
			return nil // takeTitles refuses it
		case r.Fault != "":
			return m.out.Refuse(r.Position, nounOf(kind), "", r.Fault)
		case r.Cells[0] < last:
			return fmt.Errorf("%s, line %d: %s follows %s: sort the rows by their first column, as IMDb publishes them",
				f.Name, r.Line, storage.Excerpt(r.Cells[0]), storage.Excerpt(last))
		}
		last = r.Cells[0]
		return m.out.Context.Err()
	})
}

// nounOf returns the noun under which a report counts a broken row of a table.
func nounOf(kind string) *storage.Noun {
	if kind == titleEpisode {
		return storage.Episode
	}
	return storage.Movie
}
