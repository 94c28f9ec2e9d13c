package tmdb

import (
	"cmp"
	"encoding/json"
	"html"
	"regexp"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
)

// take emits the record of a row of movies.
func (t *tmdb) take(row table.Row) error {
	if row.Fault != "" {
		return t.out.Refuse(row.Position, storage.Movie, "", row.Fault)
	}
	id := idOf(row, "id")
	if id == "" {
		return t.out.Refuse(row.Position, storage.Movie, "", "id is not a TMDB id")
	}
	r := record.New(row.Position, storage.Movie, id)
	r.NoteIf(row.Repair != "", row.Repair)
	setTexts(r, row)
	setNumbers(r, row)
	setLists(r, row)
	t.setPersons(r, row)
	return t.out.Emit(r.Finish())
}

// wholeFloat is a whole number that pandas wrote as a float, as it does where a column has
// unset cells.
var wholeFloat = regexp.MustCompile(`^([0-9]+)\.0+$`)

// idOf returns the id in a column, "" when it has none.
func idOf(row table.Row, column string) string {
	id := wholeFloat.ReplaceAllString(cell(row, column), "$1")
	if !record.NumberID.MatchString(id) {
		return ""
	}
	return strings.Clone(id) // a cell would keep its whole row in memory
}

func setTexts(r *record.Record, row table.Row) {
	title, overview := cell(row, "title"), cell(row, "overview")
	if title == "" {
		title = cell(row, "original_title")
		r.NoteIf(title != "" && row.Table.Has("title"), "read the original title, because the title is missing")
	}
	r.NoteIf(html.UnescapeString(title+overview) != title+overview, "decoded HTML entities")
	r.Set("title", record.Tidy(html.UnescapeString(title)))
	r.Set("description", record.Tidy(html.UnescapeString(overview)))
	r.Set("imdb_id", cell(row, "imdb_id"))
	if homepage := cell(row, "homepage"); homepage != "" {
		r.Put(homepage, "web_links", "homepage")
	}
}

func setNumbers(r *record.Record, row table.Row) {
	r.SetDate("release_year", "release_month", "release_date", dateOf(row))
	switch runtime, fraction, _ := strings.Cut(cell(row, "runtime"), "."); {
	case !row.Table.Has("runtime"):
	case strings.Trim(runtime, "0") == "":
		r.Note("left out a running time that is empty or 0")
	case strings.Trim(fraction, "0") != "":
		r.Note("dropped duration: must be whole minutes, not " + storage.Excerpt(cell(row, "runtime")))
	default:
		r.Set("duration", json.Number(runtime))
	}
	switch rating := cell(row, "vote_average"); {
	case rating != "" && strings.Trim(rating, "0.") == "":
		r.Note("left out a rating of 0, which means unrated")
	default:
		r.SetRating(json.Number(rating))
	}
}

// americanDate is a date such as 6/9/2015 or 6/9/15.
var americanDate = regexp.MustCompile(`^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})$`)

// dateOf returns the release date as yyyy-mm-dd, or as it is written. The century of a
// year of two digits is that of the column release_year.
func dateOf(row table.Row) string {
	date, year := cell(row, "release_date"), cell(row, "release_year")
	parts := americanDate.FindStringSubmatch(date)
	if parts == nil {
		return cmp.Or(date, year)
	}
	if len(parts[3]) == 2 && strings.HasSuffix(year, parts[3]) {
		parts[3] = year
	}
	pad := func(s string) string { return strings.Repeat("0", 2-len(s)) + s }
	if len(parts[3]) != 4 {
		return date
	}
	return parts[3] + "-" + pad(parts[1]) + "-" + pad(parts[2])
}

func setLists(r *record.Record, row table.Row) {
	var faults []string
	for _, g := range objects(row, "genres", &faults) {
		if g.Text("name") == "Foreign" {
			r.Note("dropped Foreign, which is not a genre")
			continue
		}
		r.ReferGenre(g.Text("name"))
	}
	languages := []string{cell(row, "original_language")}
	for _, l := range objects(row, "spoken_languages", &faults) {
		languages = append(languages, cmp.Or(l.Text("iso_639_1"), l.Text("name")))
	}
	r.SetLanguages(languages...)
	var countries []string
	for _, c := range objects(row, "production_countries", &faults) {
		countries = append(countries, cmp.Or(c.Text("iso_3166_1"), c.Text("name")))
	}
	r.SetCountries(countries...)
	r.Note(faults...)
}
