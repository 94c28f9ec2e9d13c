// Package tmdb reads TMDB's 5,000 films: a table of movies and one of credits, joined
// by id, with JSON in their cells. The keys of films and persons are TMDB's ids.
//
//   - vote_average becomes the rating, the only one in the tables. 0 means unrated.
//   - starring has the first 15 of the cast in the order of billing. A whole cast has
//     up to 224 names and goes down to "Waiter #2": it would nearly double the
//     references, and a search for a name would find films with a tiny role.
//   - languages has the original language first, then the spoken ones.
//   - "Foreign" is dropped: it is not a genre but the view from one country.
package tmdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
	"marquee/storage/edit"
	"marquee/storage/incoming"
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
		case t.Has(movieColumns...):
			movies = append(movies, f)
		case t.Has(creditColumns...):
			credits = append(credits, f)
		default:
			return nil, fmt.Errorf("%s is neither TMDB's table of movies nor of credits: its first line names other columns", f.Name)
		}
	}
	if len(movies) == 0 {
		return nil, errors.New("the table of movies (tmdb_5000_movies.csv) is missing")
	}
	return func(out *record.Output) error {
		t := &tmdb{out: out, credits: map[string]*credit{}, credited: len(credits) > 0}
		if err := t.each(credits, t.learn); err != nil {
			return err
		}
		if err := t.each(movies, t.take); err != nil {
			return err
		}
		return t.leftOver()
	}, nil
}

var (
	movieColumns = []string{"id", "title", "overview", "release_date", "runtime", "vote_average", "genres",
		"original_language", "spoken_languages", "production_countries", "homepage"}
	creditColumns = []string{"movie_id", "cast", "crew"}
)

type tmdb struct {
	out *record.Output
	// credits are the credits of films not read yet, by the id of the film.
	credits map[string]*credit
	// credited says that a table of credits is given.
	credited bool
}

// credit is a row of credits.
type credit struct {
	at                  incoming.Position
	starring, directors []edit.Reference
	repairs             []string
}

func (t *tmdb) each(files []*file.File, visit func(table.Row) error) error {
	for _, f := range files {
		rows, err := table.OpenCSV(f)
		if err == nil {
			err = rows.Each(visit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// take emits the record of a row of movies.
func (t *tmdb) take(row table.Row) error {
	id := ""
	if row.Fault == "" {
		id = row.Cell("id")
	}
	switch {
	case row.Fault != "":
		return t.out.Refuse(row.Position, storage.Movie, "", row.Fault)
	case !record.NumberID.MatchString(id):
		return t.out.Refuse(row.Position, storage.Movie, "", "id is not a TMDB id")
	}
	r := record.New(row.Position, storage.Movie, id)
	setTexts(r, row)
	setNumbers(r, row)
	setLists(r, row)
	if c := t.credits[id]; c != nil {
		delete(t.credits, id)
		for _, repair := range c.repairs {
			r.Note(repair)
		}
		r.Refer("starring", c.starring...)
		r.Refer("directors", c.directors...)
	} else {
		r.NoteIf(t.credited, "has no credits")
	}
	return t.out.Emit(r.Finish())
}

func setTexts(r *record.Record, row table.Row) {
	title, overview := row.Cell("title"), row.Cell("overview")
	r.NoteIf(html.UnescapeString(title+overview) != title+overview, "decoded HTML entities")
	r.Set("title", record.Tidy(html.UnescapeString(title)))
	r.Set("description", record.Tidy(html.UnescapeString(overview)))
	if homepage := strings.TrimSpace(row.Cell("homepage")); homepage != "" {
		r.Set("web_links", storage.Members{{Name: "homepage", Value: homepage}})
	}
}

func setNumbers(r *record.Record, row table.Row) {
	date := row.Cell("release_date")
	r.Set("release_year", record.YearOf(date))
	r.Set("release_month", record.MonthOf(date))
	r.NoteIf(date != "" && (record.YearOf(date) == nil || record.MonthOf(date) == nil), "dropped a release date that is not a date")
	switch runtime, fraction, _ := strings.Cut(row.Cell("runtime"), "."); {
	case strings.Trim(runtime, "0") == "":
		r.Note("left out a running time that is empty or 0")
	case strings.Trim(fraction, "0") != "":
		r.Note("dropped duration: must be whole minutes")
	default:
		r.Set("duration", json.Number(runtime))
	}
	if rating := row.Cell("vote_average"); strings.Trim(rating, "0.") == "" {
		r.Note("left out a rating of 0, which means unrated")
	} else {
		r.SetRating(json.Number(rating))
	}
}

func setLists(r *record.Record, row table.Row) {
	list := func(column string) []record.Object {
		objects, repair := cellObjects(row, column)
		r.NoteIf(repair != "", repair)
		return objects
	}
	for _, g := range list("genres") {
		if g.Text("name") == "Foreign" {
			r.Note("dropped Foreign, which is not a genre")
			continue
		}
		r.ReferGenre(g.Text("name"))
	}
	languages := []string{row.Cell("original_language")}
	for _, l := range list("spoken_languages") {
		languages = append(languages, l.Text("iso_639_1"))
	}
	setLanguages(r, languages)
	var countries []string
	for _, c := range list("production_countries") {
		countries = append(countries, c.Text("iso_3166_1"))
	}
	r.SetCodes("countries", countries)
}

// setLanguages sets the language codes. TMDB's cn is Cantonese, which has no code of
// its own in ISO 639-1; its xx means that no language is given.
func setLanguages(r *record.Record, codes []string) {
	for i, code := range codes {
		if code == "cn" {
			codes[i] = "zh"
			r.Note("read the language cn (Cantonese) as zh")
		}
	}
	r.SetCodes("languages", codes)
}
