package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/edit"
)

// TMDB's 5,000 films: a table of movies and one of credits, joined by id, with
// JSON in their cells. Persons and films are known by TMDB's ids.
//
//   - vote_average becomes the rating: it is the only one there, and lists
//     sorted or filtered by rating would be empty without. 0 means unrated.
//   - starring are the first 15 in the order of billing. Casts go on to
//     "Waiter #2" (up to 224); all would nearly double the references and let
//     searches for a name find films that its bearer walks through.
//   - languages are the original one, then those spoken.
//   - "Foreign" is no genre but the view from one country: it is dropped.
func prepareTMDB(files []*file) (func(*output) error, error) {
	var movies, credits []*file
	for _, f := range files {
		t, err := openTable(f, newCSV, splitCSV)
		f.read.Store(0)
		switch {
		case err != nil:
			return nil, err
		case t.has(movieColumns...):
			movies = append(movies, f)
		case t.has(creditColumns...):
			credits = append(credits, f)
		default:
			return nil, fmt.Errorf("%s is neither TMDB's table of movies nor of credits: its first line names other columns", f.name)
		}
	}
	if len(movies) == 0 {
		return nil, errors.New("the table of movies (tmdb_5000_movies.csv) is missing")
	}
	return func(out *output) error {
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
	out *output
	// credits are those whose film has not been read yet, by its id.
	credits  map[string]*credit
	credited bool
}

// credit is what is kept of a row of credits.
type credit struct {
	file                *file
	line                int
	starring, directors []edit.Reference
	mended              []string
}

func (t *tmdb) each(files []*file, visit func(row) error) error {
	for _, f := range files {
		table, err := openTable(f, newCSV, splitCSV)
		if err == nil {
			err = table.each(visit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// take makes the record of a row of movies.
func (t *tmdb) take(row row) error {
	id := ""
	if row.fault == "" {
		id = row.cell("id")
	}
	switch {
	case row.fault != "":
		return t.out.refuse(row.table.file, row.line, storage.Movie, row.fault)
	case !numberID.MatchString(id):
		return t.out.refuse(row.table.file, row.line, storage.Movie, "id is not a TMDB id")
	}
	r := newRecord(row.table.file, row.line, storage.Movie, id)
	r.setTMDBTexts(row)
	r.setTMDBNumbers(row)
	r.setTMDBLists(row)
	if c := t.credits[id]; c != nil {
		delete(t.credits, id)
		for _, mended := range c.mended {
			r.note(mended)
		}
		r.refer("starring", c.starring...)
		r.refer("directors", c.directors...)
	} else {
		r.noteIf(t.credited, "is without credits")
	}
	return t.out.emit(r.finish())
}

func (r *record) setTMDBTexts(row row) {
	title, overview := row.cell("title"), row.cell("overview")
	r.noteIf(html.UnescapeString(title+overview) != title+overview, "decoded HTML entities")
	r.set("title", tidy(html.UnescapeString(title)))
	r.set("description", tidy(html.UnescapeString(overview)))
	if homepage := strings.TrimSpace(row.cell("homepage")); homepage != "" {
		r.set("web_links", storage.Members{{Name: "homepage", Value: homepage}})
	}
}

func (r *record) setTMDBNumbers(row row) {
	date := row.cell("release_date")
	r.set("release_year", yearOf(date))
	r.set("release_month", monthOf(date))
	r.noteIf(date != "" && (yearOf(date) == nil || monthOf(date) == nil), "dropped a release date that is no date")
	switch runtime, fraction, _ := strings.Cut(row.cell("runtime"), "."); {
	case strings.Trim(runtime, "0") == "":
		r.note("left out a running time that is empty or 0")
	case strings.Trim(fraction, "0") != "":
		r.note("dropped duration: must be whole minutes")
	default:
		r.set("duration", json.Number(runtime))
	}
	if rating := row.cell("vote_average"); strings.Trim(rating, "0.") == "" {
		r.note("left out a rating of 0, which means unrated")
	} else {
		r.setRating(json.Number(rating))
	}
}

func (r *record) setTMDBLists(row row) {
	list := func(column string) []object {
		objects, mended := cellObjects(row, column)
		r.noteIf(mended != "", mended)
		return objects
	}
	for _, g := range list("genres") {
		if g.text("name") == "Foreign" {
			r.note("dropped Foreign, which is no genre")
			continue
		}
		r.referGenre(g.text("name"))
	}
	languages := []string{row.cell("original_language")}
	for _, l := range list("spoken_languages") {
		languages = append(languages, l.text("iso_639_1"))
	}
	r.setLanguages(languages)
	var countries []string
	for _, c := range list("production_countries") {
		countries = append(countries, c.text("iso_3166_1"))
	}
	r.setCountries(countries)
}

// setLanguages sets the language codes. TMDB's cn is Cantonese, which ISO 639-1
// has under zh, and its xx means that nothing is said.
func (r *record) setLanguages(codes []string) {
	for i, code := range codes {
		if code == "cn" {
			codes[i] = "zh"
			r.note("read the language cn (Cantonese) as zh")
		}
	}
	r.set("languages", r.known("languages", codes))
}

func (r *record) setCountries(codes []string) {
	r.set("countries", r.known("countries", codes))
}

// known keeps the codes that the field takes, so that one code that is none
// does not cost the others.
func (r *record) known(field string, codes []string) []string {
	allowed := r.in.Noun.Field(field).Type.Of.Enum
	return slices.DeleteFunc(codes, func(code string) bool {
		unknown := !slices.Contains(allowed, code)
		r.noteIf(unknown && code != "", "dropped a code that is none of the "+field)
		return unknown
	})
}
