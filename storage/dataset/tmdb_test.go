package dataset_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/edit"
)

const (
	tmdbHead    = "id,title,overview,release_date,runtime,vote_average,genres,original_language,spoken_languages,production_countries,homepage,budget\n"
	creditsHead = "movie_id,title,cast,crew\n"
)

// csvRow returns a row, quoted where necessary.
func csvRow(cells ...string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(cells) // a builder takes everything
	w.Flush()
	return b.String()
}

// tmdbRow returns a valid row of movies with some cells changed.
func tmdbRow(change map[string]string) string {
	cells := map[string]string{"id": "7", "title": "A", "overview": "Words.", "release_date": "1999-12-24", "runtime": "90.0", "vote_average": "7.2",
		"genres": "[]", "original_language": "en", "spoken_languages": "[]", "production_countries": "[]", "homepage": "", "budget": "0"}
	var row []string
	for name := range strings.SplitSeq(strings.TrimSpace(tmdbHead), ",") {
		if v, ok := change[name]; ok {
			cells[name] = v
		}
		row = append(row, cells[name])
	}
	return csvRow(row...)
}

func TestTMDBFilm(t *testing.T) {
	t.Parallel()
	movies := write(t, "movies.csv", tmdbHead+tmdbRow(map[string]string{"title": "A  &amp; B", "overview": "One,\n\"two\" &amp; three.",
		"genres":            `[{"id": 1, "name": "Drama"}, {"id": 2, "name": "Foreign"}, {"id": 3, "name": "Science Fiction"}]`,
		"original_language": "cn", "spoken_languages": `[{"iso_639_1":"en"},{"iso_639_1":"xx"},{"iso_639_1":"zh"}]`,
		"production_countries": `[{"iso_3166_1":"GB"},{"iso_3166_1":"CS"}]`, "homepage": "http://a.example/"}))
	credits := write(t, "credits.csv", creditsHead+csvRow("7", "A & B",
		`[{"id":1,"name":"Ann Day","order":0},{"id":2,"name":"Ann Day","order":1},{"id":1,"name":"Ann Day","order":2},{"id":3,"name":" "}]`,
		`[{"id":9,"name":"Di Rector","job":"Director"},{"id":8,"name":"Ed Itor","job":"Editor"}]`))
	want := map[string]any{
		"title": "A & B", "description": `One, "two" & three.`, "release_year": int64(1999), "release_month": int64(12), "duration": int64(90),
		"imdb_rating": storage.Decimal(72), "genres": refs("Drama", "Science Fiction"), "languages": []any{"zh", "en"}, "countries": []any{"GB"},
		"starring":  []any{edit.Reference{Name: "Ann Day", Key: "1"}, edit.Reference{Name: "Ann Day", Key: "2"}},
		"directors": []any{edit.Reference{Name: "Di Rector", Key: "9"}},
		"web_links": map[string]any{"homepage": "http://a.example/"},
	}
	for _, paths := range [][]string{{movies, credits}, {credits, movies}} {
		in := one(t, "tmdb5000", paths...)
		if diff := cmp.Diff(want, values(t, in)); diff != "" {
			t.Errorf("fields (-want +got):\n%s", diff)
		}
		if in.Key != "7" || in.Place() != "movies.csv:2" {
			t.Errorf("got key %q at %s", in.Key, in.Place())
		}
		mended := []string{"decoded HTML entities", "dropped Foreign, which is not a genre", "read the language cn as zh",
			"dropped a language whose code is not known: xx", "dropped a country whose code is not known: CS",
			"merged a repeated name", "dropped a name that is empty or too long"}
		if diff := cmp.Diff(mended, in.Repairs); diff != "" {
			t.Errorf("mended (-want +got):\n%s", diff)
		}
	}
}

func TestTMDBDirt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		cells   map[string]string
		field   string
		want    any
		mended  string
		refused string
	}{
		{name: "unrated", cells: map[string]string{"vote_average": "0.0"}, field: "imdb_rating", mended: "left out a rating of 0, which means unrated"},
		{name: "rounded", cells: map[string]string{"vote_average": "7.25"}, field: "imdb_rating", want: storage.Decimal(73), mended: "rounded a rating to one decimal"},
		{name: "rating too high", cells: map[string]string{"vote_average": "72"}, field: "imdb_rating", mended: `dropped imdb_rating: must be a number from 0.0 to 10.0 with at most one decimal, not "72"`},
		{name: "rating that is none", cells: map[string]string{"vote_average": "good"}, field: "imdb_rating", mended: `dropped imdb_rating: must be a number from 0.0 to 10.0 with at most one decimal, not "good"`},
		{name: "length 0", cells: map[string]string{"runtime": "0.0"}, field: "duration", mended: "left out a running time that is empty or 0"},
		{name: "no length", cells: map[string]string{"runtime": ""}, field: "duration", mended: "left out a running time that is empty or 0"},
		{name: "length in parts", cells: map[string]string{"runtime": "90.5"}, field: "duration", mended: "dropped duration: must be whole minutes, not 90.5"},
		{name: "no date", cells: map[string]string{"release_date": ""}, field: "release_year"},
		{name: "bad date", cells: map[string]string{"release_date": "soon"}, field: "release_year", mended: "dropped release_date: is not a date yyyy-mm-dd but soon"},
		{name: "two homepages", cells: map[string]string{"homepage": "http://a.example http://b.example"}, field: "web_links", mended: `dropped web_links: must be an absolute http or https URL, not "http://a.example http://b.example"`},
		{name: "broken list", cells: map[string]string{"genres": `[{"name":`}, field: "genres", mended: `dropped genres: is not a list in a known form: [{"name":`},
		{name: "blank text", cells: map[string]string{"overview": " "}, field: "description"},
		{name: "no title", cells: map[string]string{"title": " "}, refused: "title is missing"},
		{name: "long title", cells: map[string]string{"title": strings.Repeat("x", 501)}, refused: "title must be a text of 1 to 500 characters, it has 501"},
		{name: "no id", cells: map[string]string{"id": "tt7"}, refused: "id is not a TMDB id"},
		{name: "not UTF-8", cells: map[string]string{"title": "\xff"}, refused: "is not valid UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := one(t, "tmdb5000", write(t, "movies.csv", tmdbHead+tmdbRow(tt.cells)))
			if tt.refused != "" {
				if !strings.HasPrefix(in.Refused, tt.refused) {
					t.Errorf("got the refusal %q, want %q", in.Refused, tt.refused)
				}
				return
			}
			if got := values(t, in)[tt.field]; got != tt.want {
				t.Errorf("%s: got %v, want %v", tt.field, got, tt.want)
			}
			if got := strings.Join(in.Repairs, ", "); got != tt.mended {
				t.Errorf("got the repairs %q, want %q", got, tt.mended)
			}
		})
	}
}

func TestTMDBCastIsCutAt15(t *testing.T) {
	t.Parallel()
	var cast []string
	for i := range 20 {
		cast = append(cast, fmt.Sprintf(`{"id":%d,"name":"P %d"}`, i+1, i+1))
	}
	in := one(t, "tmdb5000", write(t, "m.csv", tmdbHead+tmdbRow(nil)), write(t, "c.csv", creditsHead+csvRow("7", "A", "["+strings.Join(cast, ",")+"]", "[]")))
	if n := len(values(t, in)["starring"].([]any)); n != 15 {
		t.Errorf("got %d persons in starring, want 15", n)
	}
	if got := strings.Join(in.Repairs, ", "); got != "cut a cast to its first 15 persons" {
		t.Errorf("got the repairs %q", got)
	}
}

func TestTMDBRowsWithoutACounterpart(t *testing.T) {
	t.Parallel()
	movies := tmdbHead + tmdbRow(nil) + "1,2,3\n" + "x\"y" + tmdbRow(nil)
	credits := creditsHead + csvRow("9", "B", "[]", "[]") + csvRow("8", "C", "[]", "[]") + "\n1,2\n"
	var got []string
	for _, in := range read(t, "tmdb5000", write(t, "movies.csv", movies), write(t, "credits.csv", credits)) {
		got = append(got, in.Place()+" "+in.Refused+strings.Join(in.Repairs, ", "))
	}
	want := []string{
		"credits.csv:5 must have the 4 cells that the first line names",
		"movies.csv:2 has no credits",
		"movies.csv:3 must have the 12 cells that the first line names",
		"movies.csv:4 id is not a TMDB id",
		"credits.csv:2 has the credits of a film that is not in the table of movies",
		"credits.csv:3 has the credits of a film that is not in the table of movies",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}
