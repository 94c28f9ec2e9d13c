// Package movielens reads the data sets of MovieLens (grouplens.org): a table of movies,
// one of links to IMDb and TMDB, and one of ratings. The keys of films are MovieLens's ids.
// Links and ratings may be missing. Tables of tags are skipped.
//
//   - A title ends in the year, and may have other titles in parentheses. The catalogue has
//     one title, so the others are left out; see parseTitle.
//   - IMAX is dropped: it is not a genre but a format.
//   - A film that the catalogue has from IMDb, by its IMDb id, or from TMDB, by TMDB's key,
//     is the same film.
//   - A rating of 4 or 5 stars is a like, one of 2 or less a dislike. In between it is no
//     vote. User 7 votes as movielens-7.
//
// The largest set has 87,000 films, which are read first with their links in memory, and
// 33 million ratings, of which no more than one is in memory.
package movielens

import (
	"errors"
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
)

// tables are the columns of each table.
var tables = map[string][]string{
	"movies":  {"movieId", "title", "genres"},
	"links":   {"movieId", "imdbId", "tmdbId"},
	"ratings": {"userId", "movieId", "rating"},
	// These are skipped. They are here because a folder may have them.
	"tags":          {"userId", "movieId", "tag"},
	"genome scores": {"movieId", "tagId", "relevance"},
	"genome tags":   {"tagId", "tag"},
}

// Prepare finds the tables among the files and returns the function that reads them.
func Prepare(files []*file.File) (func(*record.Output) error, error) {
	found := map[string][]*file.File{}
	for _, f := range files {
		t, err := table.OpenCSV(f)
		f.ResetProgress()
		if err != nil {
			return nil, err
		}
		kind := kindOf(t)
		if kind == "" {
			return nil, fmt.Errorf("%s is none of MovieLens's tables movies, links and ratings: its first line names other columns%s", f.Name, t.Missing(tables))
		}
		found[kind] = append(found[kind], f)
	}
	if len(found["movies"]) == 0 {
		return nil, errors.New("the table of movies (movies.csv) is missing")
	}
	return func(out *record.Output) error {
		m := &movielens{out: out, links: map[string]*link{}, tmdb: map[string]bool{}}
		for _, step := range []struct {
			table string
			visit func(table.Row) error
		}{{"links", m.learn}, {"movies", m.takeFilm}, {"ratings", m.takeRating}} {
			if err := table.EachCSV(found[step.table], step.visit); err != nil {
				return err
			}
			if step.table == "movies" {
				if err := m.leftOver(); err != nil {
					return err
				}
			}
		}
		return nil
	}, nil
}

// kindOf returns the kind of a table, "" when it is none of MovieLens's.
func kindOf(t *table.Table) string {
	for kind, columns := range tables {
		if t.Has(columns...) {
			return kind
		}
	}
	return ""
}

type movielens struct {
	out *record.Output
	// links are the links of films not read yet, by the id of the film.
	links map[string]*link
	// tmdb are the TMDB ids of the films read.
	tmdb map[string]bool
}

// takeFilm emits the record of a row of movies.
func (m *movielens) takeFilm(row table.Row) error {
	if row.Fault != "" {
		return m.out.Refuse(row.Position, storage.Movie, "", row.Fault)
	}
	id := row.Cell("movieId")
	if !record.NumberID.MatchString(id) {
		return m.out.Refuse(row.Position, storage.Movie, "", "movieId is not a MovieLens id")
	}
	r := record.New(row.Position, storage.Movie, strings.Clone(id))
	r.NoteIf(row.Repair != "", row.Repair)
	t := parseTitle(row.Cell("title"))
	for _, repair := range t.repairs {
		r.Note(repair)
	}
	r.Set("title", t.text)
	r.SetNumber("release_year", t.year)
	setGenres(r, row.Cell("genres"))
	m.addLinks(r)
	return m.out.Emit(r.Finish())
}

func setGenres(r *record.Record, cell string) {
	if cell == "(no genres listed)" || cell == "" {
		return
	}
	for g := range strings.SplitSeq(cell, "|") {
		if g == "IMAX" {
			r.Note("dropped IMAX, which is not a genre")
			continue
		}
		r.ReferGenre(g)
	}
}
