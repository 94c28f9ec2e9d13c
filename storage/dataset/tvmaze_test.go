package dataset_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
)

const show = `{"id":5,"url":"https://tv.example/shows/5/the-show","name":"The  Show","type":"Animation","language":"Japanese","genres":["Drama","Science-Fiction"],
	"premiered":"1990-01-31","ended":"1995-05-05","officialSite":" https://show.example/ ","rating":{"average":7.25},"network":null,
	"webChannel":{"country":{"code":"JP"}},"externals":{"imdb":"tt1234567"},"image":{"medium":"https://i.example/m.jpg","original":"https://i.example/o.jpg"},
	"summary":"<p><b>One</b> &amp; two.</p><p>Three.</p>"}`

func episode(id, season, number int, url, show string) string {
	links := ""
	if show != "" {
		links = `,"_links":{"show":{"href":"https://api.tv.example/shows/` + show + `"}}`
	}
	return fmt.Sprintf(`{"id":%d,"url":%q,"name":"E","season":%d,"number":%d,"type":"regular","airdate":"1991-02-%02d","runtime":25,"rating":{"average":8},"summary":null%s}`,
		id, url, season, number, number, links)
}

func TestTVmazeShow(t *testing.T) {
	t.Parallel()
	in := one(t, "tvmaze", write(t, "shows.json", "["+show+"]"))
	want := map[string]any{
		"title": "The Show", "description": "One & two.\nThree.", "imdb_id": "tt1234567", "release_year": int64(1990), "ended_year": int64(1995),
		"imdb_rating": storage.Decimal(73), "genres": refs("Drama", "Science Fiction", "Animation"), "languages": []any{"ja"}, "countries": []any{"JP"},
		"images": map[string]any{"poster": map[string]any{"medium": map[string]any{"width": int64(210), "height": int64(295), "url": "https://i.example/m.jpg"},
			"original": map[string]any{"url": "https://i.example/o.jpg"}}},
		"web_links": map[string]any{"tvmaze": "https://tv.example/shows/5/the-show", "homepage": "https://show.example/"},
	}
	if diff := cmp.Diff(want, values(t, in)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if want := []string{"rounded a rating to one decimal", "filed genre Science-Fiction under Science Fiction"}; in.Key != "5" || !slices.Equal(in.Repairs, want) {
		t.Errorf("got key %q, repairs %q", in.Key, in.Repairs)
	}
}

func TestTVmazeDirtOfShows(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, item, want string }{
		{"unknown language", `{"id":1,"name":"A","language":"Klingon"}`, "dropped a language whose code is not known: Klingon"},
		{"unknown country", `{"id":1,"name":"A","network":{"country":{"code":"ZZ"}}}`, "dropped a country whose code is not known: ZZ"},
		{"bad IMDb id", `{"id":1,"name":"A","externals":{"imdb":"nm1"}}`, `dropped imdb_id: must be tt and 7 to 9 digits, not "nm1"`},
		{"bad picture", `{"id":1,"name":"A","image":{"medium":"/m.jpg"}}`, `dropped images: must be an absolute http or https URL, not "/m.jpg"`},
		{"no name", `{"id":1,"name":null}`, "title is missing"},
		{"no id", `{"name":"A"}`, "id is not a TVmaze id"},
		{"bad id", `{"id":1e3,"name":"A"}`, "id is not a TVmaze id"},
		{"everything null", `{"id":1,"name":"A","genres":null,"rating":null,"network":null,"image":null,"summary":null,"externals":null}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := one(t, "tvmaze", write(t, "shows.json", "["+tt.item+"]"))
			if got := in.Refused + strings.Join(in.Repairs, ", "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTVmazeEpisodes(t *testing.T) {
	t.Parallel()
	shows := write(t, "shows.json", "[\n"+show+"\n]")
	episodes := write(t, "episodes.json", "[\n"+strings.Join([]string{
		episode(11, 1, 1, "https://tv.example/episodes/11/the-show-1x01-one", "5"),
		episode(12, 1, 2, "https://tv.example/episodes/12/the-show-1x02-two", ""),           // by the address of the show
		episode(13, 2, 1, "https://tv.example/episodes/13/the-show-2x01-2x01", "5"),         //
		episode(21, 1, 1, "https://tv.example/episodes/21/house-of-the-cat-1x01-one", "77"), // no file has the show
		episode(31, 10, 10, "https://tv.example/episodes/31/a-4x4-day-10x10", ""),           // nor its id
		`{"id":41,"url":"https://tv.example/episodes/41/the-show-s01-special-x","name":"S","season":1,"number":null}`,
		episode(42, 1, 3, "https://tv.example/episodes/42/x", ""),
		`{"id":43,"season":"one","number":1}`,
		`{"season":1,"number":1}`,
	}, ",\n")+"\n]")
	want := []string{
		"shows.json item 1 serie 5 <  The Show ",
		"episodes.json item 1 season 5/1 < 5 1 ", "episodes.json item 1 episode 11 < 5/1 1 ", "episodes.json item 2 episode 12 < 5/1 2 ",
		"episodes.json item 3 season 5/2 < 5 2 ", "episodes.json item 3 episode 13 < 5/2 1 ",
		"episodes.json item 4 serie 77 <  House of the Cat made a show from its episodes",
		"episodes.json item 4 season 77/1 < 77 1 ", "episodes.json item 4 episode 21 < 77/1 1 ",
		"episodes.json item 5 serie a-4x4-day <  A 4x4 Day made a show from its episodes",
		"episodes.json item 5 season a-4x4-day/10 < a-4x4-day 10 ", "episodes.json item 5 episode 31 < a-4x4-day/10 10 ",
		"episodes.json item 6 is a special: it has no number in its season",
		"episodes.json item 7 is an episode whose show is neither in its links nor in its address",
		"episodes.json item 8 season is not a number",
		"episodes.json item 9 id is not a TVmaze id",
	}
	for _, paths := range [][]string{{shows, episodes}, {episodes, shows}} {
		var got []string
		for _, in := range read(t, "tvmaze", paths...) {
			if in.Refused != "" {
				got = append(got, in.Place()+" "+in.Refused)
				continue
			}
			name := in.Edit.Values["number"]
			if in.Noun == storage.Serie {
				name, in.Repairs = in.Edit.Values["title"], slices.DeleteFunc(in.Repairs, func(s string) bool { return !strings.HasPrefix(s, "made") })
			}
			got = append(got, fmt.Sprintf("%s %s %s < %s %v %s", in.Place(), in.Noun.Name, in.Key, in.ParentKey, name, strings.Join(in.Repairs, "")))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	}
}

func TestTVmazeEpisodeFields(t *testing.T) {
	t.Parallel()
	records := read(t, "tvmaze", write(t, "episodes.json", "["+episode(11, 1, 1, "https://tv.example/episodes/11/the-show-1x01-one", "5")+"]"))
	want := map[string]any{"number": int64(1), "title": "E", "air_date": "1991-02-01", "duration": int64(25), "imdb_rating": storage.Decimal(80)}
	if diff := cmp.Diff(want, values(t, records[2])); diff != "" {
		t.Errorf("episode (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"number": int64(1), "release_year": int64(1991)}, values(t, records[1])); diff != "" {
		t.Errorf("season (-want +got):\n%s", diff)
	}
}
