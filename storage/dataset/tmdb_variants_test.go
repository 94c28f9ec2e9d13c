package dataset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/edit"
)

// The rows below have the columns and the forms of cells of well-known tables.

const metadataHead = "adult,belongs_to_collection,budget,genres,homepage,id,imdb_id,original_language,original_title,overview,popularity,poster_path,production_companies," +
	"production_countries,release_date,revenue,runtime,spoken_languages,status,tagline,title,video,vote_average,vote_count\n"

func metadataRow(genres, id, title, countries, languages string) string {
	return csvRow("False", "{'id': 10194, 'name': 'A Collection', 'poster_path': '/a.jpg'}", "30000000", genres, "http://a.example", id, "tt0114709", "en", title, "Words.",
		"21.9", "/b.jpg", "[{'name': 'A Company', 'id': 3}]", countries, "1995-10-30", "373554033.0", "81.0", languages, "Released", "", title, "False", "7.7", "5415.0")
}

func TestTMDBTheMoviesDataset(t *testing.T) {
	t.Parallel()
	metadata := write(t, "movies_metadata.csv", metadataHead+
		metadataRow(`[{'id': 16, 'name': 'Animation'}, {'id': 10751, "name": "Family"}]`, "862", "Story", `[{'iso_3166_1': 'US', 'name': "United States of America"}]`, `[{'iso_639_1': 'en', 'name': 'English'}, {'iso_639_1': 'ru', 'name': 'P\u0443сский'}]`)+
		metadataRow(`[{'id': 16, 'name': 'Animation'`, "863", "Two", `[]`, `6.0`)+
		"False,,0,\"[{'id': 28, 'name': 'Action'}]\",,82663,tt0113002,en,Midnight,British soldiers force him to teach them,,,,,,,,,,,,,,\n"+
		" - Written by A. Nonymous,0.065736,/f.jpg,\"[{'name': 'A Company', 'id': 11176}]\",\"[{'iso_3166_1': 'CA'}]\",1997-08-20,0,104.0,\"[{'iso_639_1': 'en', 'name': 'English'}]\",Released,,Midnight,False,6.0,1,,,,,,,,,\n")
	credits := write(t, "credits.csv", "cast,crew,id\n"+
		csvRow(`[{'cast_id': 14, 'character': 'Woody (voice)', 'credit_id': '52fe', 'gender': 2, 'id': 31, 'name': 'Ann Day', 'order': 0, 'profile_path': None}, {'id': 5, 'name': "Chris O'Day"}]`,
			`[{'department': 'Directing', 'id': 7879, 'job': 'Director', 'name': 'Di Rector'}]`, "862")+
		csvRow(`[]`, `[]`, "863")+csvRow(`[]`, `[]`, "863")+csvRow(`[{'id': 31, 'name': 'Ann Day'}]`, `[]`, "863")+csvRow(`[]`, `[]`, "82663"))
	keywords := write(t, "keywords.csv", "id,keywords\n"+csvRow("862", `[{'id': 931, 'name': 'jealousy'}]`))
	records := read(t, "tmdb", metadata, credits, keywords)
	var got []string
	for _, in := range records {
		got = append(got, in.Place()+" "+in.Key+" "+in.Refused+strings.Join(in.Repairs, ", "))
	}
	want := []string{
		"credits.csv:5 863 has other credits of the film than an earlier row: credits.csv:3",
		"movies_metadata.csv:2 862 ",
		"movies_metadata.csv:3 863 dropped genres: is not a list in a known form: [{'id': 16, 'name': 'Animation', dropped spoken_languages: is not a list in a known form: 6.0",
		"movies_metadata.csv:4 82663 read the original title, because the title is missing, left out a running time that is empty or 0",
		"movies_metadata.csv:5  id is not a TMDB id",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("records (-want +got):\n%s", diff)
	}
	film := map[string]any{
		"title": "Story", "description": "Words.", "imdb_id": "tt0114709", "release_year": int64(1995), "release_month": int64(10), "duration": int64(81),
		"imdb_rating": storage.Decimal(77), "genres": refs("Animation", "Family"), "languages": []any{"en", "ru"}, "countries": []any{"US"},
		"starring":  []any{edit.Reference{Name: "Ann Day", Key: "31"}, edit.Reference{Name: "Chris O'Day", Key: "5"}},
		"directors": []any{edit.Reference{Name: "Di Rector", Key: "7879"}}, "web_links": map[string]any{"homepage": "http://a.example"},
	}
	if diff := cmp.Diff(film, values(t, records[1])); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestTMDBTableOfManyMovies(t *testing.T) {
	t.Parallel()
	const head = "id,title,vote_average,vote_count,status,release_date,revenue,runtime,adult,backdrop_path,budget,homepage,imdb_id,original_language,original_title,overview," +
		"popularity,poster_path,tagline,genres,production_companies,production_countries,spoken_languages,keywords\n"
	in := one(t, "tmdb", write(t, "TMDB_movie_dataset_v11.csv", head+csvRow("27205", "Dream", "8.364", "34495", "Released", "2010-07-15", "825532764", "148", "False", "/8.jpg",
		"160000000", "", "tt1375666", "en", "Dream", "Cobb, a thief.", "83.9", "/o.jpg", "", "Action, Science Fiction, Adventure", "A Company, Syncopy",
		"United Kingdom, United States of America, Soviet Union", "English, French, Japanese, Klingon", "rescue, mission")))
	want := map[string]any{
		"title": "Dream", "description": "Cobb, a thief.", "imdb_id": "tt1375666", "release_year": int64(2010), "release_month": int64(7), "duration": int64(148),
		"imdb_rating": storage.Decimal(84), "genres": refs("Action", "Science Fiction", "Adventure"), "languages": []any{"en", "fr", "ja"}, "countries": []any{"GB", "US"},
	}
	if diff := cmp.Diff(want, values(t, in)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	repairs := []string{"rounded a rating to one decimal", "dropped a language whose code is not known: Klingon", "dropped a country whose code is not known: Soviet Union"}
	if diff := cmp.Diff(repairs, in.Repairs); diff != "" {
		t.Errorf("repairs (-want +got):\n%s", diff)
	}
}

func TestTMDBTableWithNamesOfPersons(t *testing.T) {
	t.Parallel()
	const head = "id,imdb_id,popularity,original_title,cast,homepage,director,overview,runtime,genres,release_date,vote_average,release_year\n"
	in := one(t, "tmdb", write(t, "tmdb-movies.csv", head+csvRow("135397", "tt0369610", "32.9", "World", "Ann Day|Bryce Dallas Lee|Anne-Marie Fox", "", "Di Rector, Sam Day, Jr.", "Words.",
		"124", "Action|Sci-Fi", "6/9/15", "6.5", "2015")))
	want := map[string]any{
		"title": "World", "description": "Words.", "imdb_id": "tt0369610", "release_year": int64(2015), "release_month": int64(6), "duration": int64(124),
		"imdb_rating": storage.Decimal(65), "genres": refs("Action", "Science Fiction"),
		"starring": refs("Ann Day", "Bryce Dallas Lee", "Anne-Marie Fox"), "directors": refs("Di Rector", "Sam Day, Jr."),
	}
	if diff := cmp.Diff(want, values(t, in)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// TestTMDBCells reads one list in every form, and cells that are no list.
func TestTMDBCells(t *testing.T) {
	t.Parallel()
	unknown := func(cell string) string { return "dropped genres: is not a list in a known form: " + cell }
	tests := []struct{ genres, want, repairs string }{
		{`[{"id":28,"name":"Action"},{"id":12,"name":"Sci-Fi & Fantasy"}]`, "Action|Sci-Fi & Fantasy", ""},
		{`[{'id': 28, 'name': 'Action'}, {'id': 12, 'name': "Sci-Fi & Fantasy"}]`, "Action|Sci-Fi & Fantasy", ""},
		{`({'name': u'Com\u00e9die'},)`, "Comédie", ""},
		{`["Action", "Drama"]`, "Action|Drama", ""},
		{`['Action', 'Drama']`, "Action|Drama", ""},
		{`Action, Drama`, "Action|Drama", ""},
		{`Action,Science Fiction`, "Action|Science Fiction", ""},
		{`Action|Drama`, "Action|Drama", ""},
		{`Action-Science Fiction-TV Movie`, "Action|Science Fiction|TV Movie", ""},
		{`Drama`, "Drama", ""},
		{`Sci-Fi & Fantasy`, "Sci-Fi & Fantasy", ""},
		{`Neo-Noir, Drama`, "Neo-Noir|Drama", ""},
		{`Драма`, "Драма", ""}, // the import decides whether it can be a genre
		{``, "", ""}, {` `, "", ""}, {`[]`, "", ""}, {`nan`, "", ""}, {`None`, "", ""},
		{`[{'id': 28, 'name': 'Action'}, 7, None]`, "Action", "dropped an item of genres: is not an object"},
		{`[{'id': 28, 'name': 5}, {'id': 3}]`, "", "dropped a name that is empty or too long, dropped genres.name: is not a text"},
		{`{'id': 28, 'name': 'Action'}`, "", unknown(`{'id': 28, 'name': 'Action'}`)},
		{`[{'id': 28, 'name': Action}]`, "", unknown(`[{'id': 28, 'name': Action}]`)},
		{`7`, "", unknown(`7`)},
		{`6.0, 12`, "", unknown(`6.0, 12`)},
		{`/path/to.jpg, http://a.example`, "", unknown(`/path/to.jpg, http://a.example`)},
		{`British soldiers force a recently captured bomber to teach them all his tricks`, "", unknown(`British soldiers force a recently captured bomber to teach them all his tricks`)},
	}
	for _, tt := range tests {
		in := one(t, "tmdb", write(t, "movies.csv", tmdbHead+tmdbRow(map[string]string{"genres": tt.genres})))
		var want []any
		if tt.want != "" {
			want = refs(strings.Split(tt.want, "|")...)
		}
		got, _ := values(t, in)["genres"].([]any)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("genres %s (-want +got):\n%s", tt.genres, diff)
		}
		if got := strings.Join(in.Repairs, ", "); got != tt.repairs {
			t.Errorf("genres %s: got the repairs %q, want %q", tt.genres, got, tt.repairs)
		}
	}
}

func TestTMDBDates(t *testing.T) {
	t.Parallel()
	tests := []struct{ date, year, want, repairs string }{
		{"2015-06-09", "", "2015 6", ""},
		{"2015-06", "", "2015 6", ""},
		{"2015", "", "2015 <nil>", ""},
		{"6/9/2015", "", "2015 6", ""},
		{"6/9/15", "2015", "2015 6", ""},
		{"12/31/66", "1966", "1966 12", ""},
		{"", "1966", "1966 <nil>", ""},
		{"6/9/15", "", "<nil> <nil>", "dropped release_date: is not a date yyyy-mm-dd but 6/9/15"},
		{"6/9/15", "1966", "<nil> <nil>", "dropped release_date: is not a date yyyy-mm-dd but 6/9/15"},
		{"13/31/2015", "", "<nil> <nil>", "dropped release_date: is not a date yyyy-mm-dd but 2015-13-31"},
		{"2015-13-01", "", "<nil> <nil>", "dropped release_date: is not a date yyyy-mm-dd but 2015-13-01"},
		{"2015-02-30", "", "<nil> <nil>", "dropped release_date: is not a date yyyy-mm-dd but 2015-02-30"},
		{"0001-01-01", "", "<nil> 1", `dropped release_year: must be a whole number from 1800 to 2999, not "1"`},
		{"1", "", "<nil> <nil>", "dropped release_date: is not a date yyyy-mm-dd but 1"},
	}
	for _, tt := range tests {
		in := one(t, "tmdb", write(t, "movies.csv", "id,title,overview,release_date,release_year\n"+csvRow("7", "A", "Words.", tt.date, tt.year)))
		v := values(t, in)
		if got := fmt.Sprint(v["release_year"], " ", v["release_month"]); got != tt.want {
			t.Errorf("date %q, year %q: got %s, want %s", tt.date, tt.year, got, tt.want)
		}
		if got := strings.Join(in.Repairs, ", "); got != tt.repairs {
			t.Errorf("date %q: got the repairs %q, want %q", tt.date, got, tt.repairs)
		}
	}
}
