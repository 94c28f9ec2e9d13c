package dataset

import (
	"fmt"

	"marquee/storage"
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

// imdbColumns are the columns that are read of each table and that tell it
// from the others.
var imdbColumns = map[string][]string{
	nameBasics:      {"nconst", "primaryName"},
	titleBasics:     {"tconst", "titleType", "primaryTitle", "startYear", "endYear", "runtimeMinutes", "genres"},
	titlePrincipals: {"tconst", "ordering", "nconst", "category"},
	titleRatings:    {"tconst", "averageRating"},
	titleCrew:       {"tconst", "directors"},
	titleEpisode:    {"tconst", "parentTconst", "seasonNumber", "episodeNumber"},
	titleAkas:       {"titleId", "title", "region"},
}

func imdbKind(f *file) (string, error) {
	t, err := openTSV(f)
	f.read.Store(0)
	if err != nil {
		return "", err
	}
	for kind, columns := range imdbColumns {
		if t.has(columns...) && (kind == nameBasics || t.columns[columns[0]] == 0) {
			return kind, nil
		}
	}
	return "", fmt.Errorf("%s is none of IMDb's tables: its first line names other columns", f.name)
}

func openTSV(f *file) (*table, error) { return openTable(f, newLines, splitTSV) }

// sideTables are the tables that are read beside title.basics.
var sideTables = []string{titlePrincipals, titleRatings, titleCrew, titleEpisode}

// planPasses sets how often each file is read: the sorted ones once to see that
// they are, then once for films and series and, if there are episodes, once
// more for those, whose parents have to come before them.
func (m *imdb) planPasses() {
	titles := m.files[titleBasics] != nil
	episodes := m.files[titleEpisode] != nil
	for kind, f := range m.files {
		switch {
		case kind == nameBasics:
			f.passes = 1
		case kind == titleAkas || !titles:
			f.passes = 0
		case kind == titleEpisode:
			f.passes = 2
		case episodes:
			f.passes = 3
		default:
			f.passes = 2
		}
	}
}

// checkSorted makes sure, before anything is taken, that the title tables can
// be read side by side. It refuses the rows of the side tables that are broken.
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
	t, err := openTSV(f)
	if err != nil {
		return err
	}
	last := ""
	return t.each(func(r row) error {
		switch {
		case r.fault != "" && kind == titleBasics:
			return nil // takeTitles refuses it
		case r.fault != "":
			return m.out.refuse(f, r.line, nounOf(kind), r.fault)
		case r.cells[0] < last:
			return fmt.Errorf("%s, line %d: %s stands behind %s: sort the rows by their first column, as IMDb publishes them",
				f.name, r.line, storage.Excerpt(r.cells[0]), storage.Excerpt(last))
		}
		last = r.cells[0]
		return m.out.ctx.Err()
	})
}

// nounOf is the noun that a broken row of a table is reported under.
func nounOf(kind string) *storage.Noun {
	if kind == titleEpisode {
		return storage.Episode
	}
	return storage.Movie
}
