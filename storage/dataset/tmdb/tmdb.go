// Package tmdb reads tables of films made from TMDB, with an optional table of credits
// that is joined by id. The keys of films and persons are TMDB's ids.
//
// Many such tables exist: TMDB 5000 with JSON in its cells, The Movies Dataset with
// Python literals, others with plain lists such as "Action, Drama". Prepare recognises a
// table by the columns that they share, and each cell is read by its own form (cell.go).
// A table of keywords is not read: the catalogue has no field for it.
//
//   - vote_average becomes the rating. 0 means unrated.
//   - starring has the first 15 of the cast in the order of billing. A whole cast has
//     up to 224 names and goes down to "Waiter #2": it would nearly double the
//     references, and a search for a name would find films with a tiny role.
//   - languages has the original language first, then the spoken ones.
//   - "Foreign" is dropped: it is not a genre but the view from one country.
package tmdb

import (
	"errors"
	"fmt"

	"marquee/storage/dataset/file"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
)

// Prepare finds the tables among the files and returns the function that reads them.
func Prepare(files []*file.File) (func(*record.Output) error, error) {
	var movies, credits []*file.File
	for _, f := range files {
		t, err := table.OpenCSV(f)
		f.ResetProgress()
		switch {
		case err != nil:
			return nil, err
		case isMovies(t):
			movies = append(movies, f)
		case t.Has("cast", "crew") && (t.Has("movie_id") || t.Has("id")):
			credits = append(credits, f)
		case t.Has("id", "keywords"):
			f.Passes = 0
		default:
			return nil, fmt.Errorf("%s is neither a table of TMDB's movies nor of their credits: its first line names other columns%s; leave it out", f.Name, t.Missing(kinds))
		}
	}
	if len(movies) == 0 {
		return nil, errors.New("the table of movies (such as tmdb_5000_movies.csv) is missing")
	}
	return func(out *record.Output) error {
		t := &tmdb{out: out, credits: map[string]*credit{}, credited: len(credits) > 0}
		if err := table.EachCSV(credits, t.learn); err != nil {
			return err
		}
		if err := table.EachCSV(movies, t.take); err != nil {
			return err
		}
		return t.leftOver()
	}, nil
}

// kinds has the columns of the tables, to name those that are missing.
var kinds = map[string][]string{
	"movies":  {"id", "title", "overview", "release_date", "runtime", "vote_average", "genres"},
	"credits": {"movie_id", "cast", "crew"},
}

// isMovies reports whether a table is one of movies: it has an id, a title and two of the
// columns that all variants have.
func isMovies(t *table.Table) bool {
	some := 0
	for _, name := range []string{"overview", "release_date", "runtime", "vote_average", "genres"} {
		if t.Has(name) {
			some++
		}
	}
	return t.Has("id") && (t.Has("title") || t.Has("original_title")) && some >= 2
}

type tmdb struct {
	out *record.Output
	// credits are the credits of the films, by the id of the film.
	credits map[string]*credit
	// credited says that a table of credits is given.
	credited bool
}
