package dataset_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/edit"
)

// tsv writes a table; cells are separated by "|".
func tsv(t testing.TB, name string, rows ...string) string {
	t.Helper()
	return write(t, name, strings.ReplaceAll(strings.Join(rows, "\n"), "|", "\t")+"\n")
}

const (
	basicsHead     = "tconst|titleType|primaryTitle|originalTitle|isAdult|startYear|endYear|runtimeMinutes|genres"
	namesHead      = "nconst|primaryName|birthYear|deathYear|primaryProfession|knownForTitles"
	principalsHead = "tconst|ordering|nconst|category|job|characters"
	ratingsHead    = "tconst|averageRating|numVotes"
	crewHead       = "tconst|directors|writers"
	episodeHead    = "tconst|parentTconst|seasonNumber|episodeNumber"
)

// imdbSet writes a set of tables that refer to each other.
func imdbSet(t testing.TB) []string {
	t.Helper()
	return []string{
		tsv(t, "title.ratings.tsv", ratingsHead, `tt0000001|5.8|1`, `tt0000003|9.0|1`, `tt0000005|8.1|2`),
		tsv(t, "title.episode.tsv", episodeHead, `tt0000002|tt0000009|1|1`, `tt0000004|tt0000003|1|2`, `tt0000005|tt0000003|1|1`,
			`tt0000006|tt0000003|\N|\N`, `tt0000008|tt0000003|1|3`),
		tsv(t, "title.crew.tsv", crewHead, `tt0000001|nm0000003,nm0000099|\N`, `tt0000004|\N|nm0000001`),
		tsv(t, "title.principals.tsv", principalsHead,
			`tt0000001|1|nm0000001|actor|\N|["Maya"]`, `tt0000001|10|nm0000004|self|\N|\N`, `tt0000001|2|nm0000002|actress|\N|["A ""B"""]`,
			`tt0000001|3|nm0000001|director|\N|\N`, `tt0000001|4|nm0000004|writer|\N|\N`, `tt0000004|1|nm0000001|director|\N|\N`,
			`tt0000005|1|nm0000001|actor|\N|\N`),
		tsv(t, "name.basics.tsv", namesHead, `nm0000004|Cy  Fox|\N|\N|\N|\N`, `nm0000001|Ann "The" Day|1900|\N|actor|\N`, `nm0000002|Bo Lee|\N|\N|\N|\N`, `nm0000003|Di Rector|1950|\N|\N|\N`),
		tsv(t, "title.akas.tsv", "titleId|ordering|title|region|language|types|attributes|isOriginalTitle", `tt0000001|1|Ein|DE|de|\N|\N|0`),
		tsv(t, "title.basics.tsv", basicsHead,
			`tt0000001|short|"One" & only|Eins|0|1894|\N|1|Documentary,Sci-Fi`, `tt0000002|tvEpisode|Lost|Lost|0|1990|\N|\N|\N`,
			`tt0000003|tvSeries|Three|Drei|0|1990|1995|30|Comedy`, `tt0000004|tvEpisode|Four|Vier|0|1991|\N|25|Comedy`,
			`tt0000005|tvEpisode|Five|Fünf|0|1990|\N|\N|\N`, `tt0000006|tvEpisode|Six|Six|0|\N|\N|\N|\N`,
			`tt0000007|videoGame|Seven|Seven|0|\N|\N|\N|\N`, `tt0000008|tvEpisode|Eight|Acht|0|1991|\N|0|\N`, `tt0000010|tvEpisode|Ten|Zehn|0|\N|\N|\N|\N`),
	}
}

func TestIMDbTables(t *testing.T) {
	t.Parallel()
	paths := imdbSet(t)
	for range 2 { // the order of the paths does not matter
		var got []string
		for _, in := range read(t, "imdb", paths...) {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s < %s %s", in.Place(), in.Noun.Name, in.Key, in.ParentKey, in.Refused)))
		}
		want := []string{
			"name.basics.tsv:2 person nm0000004 <", "name.basics.tsv:3 person nm0000001 <", "name.basics.tsv:4 person nm0000002 <", "name.basics.tsv:5 person nm0000003 <",
			"title.basics.tsv:2 movie tt0000001 <", "title.basics.tsv:4 serie tt0000003 <",
			"title.basics.tsv:8 movie tt0000007 <  is a game",
			"title.basics.tsv:3 episode tt0000002 <  is an episode of a series that is not in title.basics: tt0000009",
			"title.episode.tsv:3 season tt0000003/1 < tt0000003", "title.basics.tsv:5 episode tt0000004 < tt0000003/1",
			"title.basics.tsv:6 episode tt0000005 < tt0000003/1",
			"title.basics.tsv:7 episode tt0000006 <  is an episode without number or season",
			"title.basics.tsv:9 episode tt0000008 < tt0000003/1",
			"title.basics.tsv:10 episode tt0000010 <  is an episode that is not in title.episode",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		slices.Reverse(paths)
	}
}

func TestIMDbFields(t *testing.T) {
	t.Parallel()
	got := map[string]map[string]any{}
	mended := map[string][]string{}
	for _, in := range read(t, "imdb", imdbSet(t)...) {
		if in.Refused == "" {
			got[in.Key], mended[in.Key] = in.Edit.Values, in.Repairs
		}
	}
	ann, bo := edit.Reference{Name: `Ann "The" Day`, Key: "nm0000001"}, edit.Reference{Name: "Bo Lee", Key: "nm0000002"}
	want := map[string]map[string]any{
		"nm0000004": {"name": "Cy Fox", "imdb_id": "nm0000004"},
		"nm0000001": {"name": `Ann "The" Day`, "imdb_id": "nm0000001"},
		"nm0000002": {"name": "Bo Lee", "imdb_id": "nm0000002"},
		"nm0000003": {"name": "Di Rector", "imdb_id": "nm0000003"},
		"tt0000001": {"title": `"One" & only`, "imdb_id": "tt0000001", "release_year": int64(1894), "duration": int64(1), "imdb_rating": storage.Decimal(58),
			"genres": refs("Documentary", "Science Fiction"), "starring": []any{ann, bo, edit.Reference{Name: "Cy Fox", Key: "nm0000004"}},
			"directors": []any{edit.Reference{Name: "Di Rector", Key: "nm0000003"}}},
		"tt0000003":   {"title": "Three", "imdb_id": "tt0000003", "release_year": int64(1990), "ended_year": int64(1995), "imdb_rating": storage.Decimal(90), "genres": refs("Comedy")},
		"tt0000003/1": {"number": int64(1)},
		"tt0000004":   {"number": int64(2), "title": "Four", "imdb_id": "tt0000004", "duration": int64(25), "directors": []any{ann}},
		"tt0000005":   {"number": int64(1), "title": "Five", "imdb_id": "tt0000005", "imdb_rating": storage.Decimal(81), "starring": []any{ann}},
		"tt0000008":   {"number": int64(3), "title": "Eight", "imdb_id": "tt0000008"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"filed genre Sci-Fi under Science Fiction", "left out a person who is not in name.basics: nm0000099"}, mended["tt0000001"]); diff != "" {
		t.Errorf("mended (-want +got):\n%s", diff)
	}
}

func TestIMDbSubsets(t *testing.T) {
	t.Parallel()
	basics := tsv(t, "title.basics.tsv", basicsHead, `tt0000001|movie|One|One|0|1990|\N|\N|\N`, `tt0000002|tvEpisode|Two|Two|0|1990|\N|\N|\N`)
	principals := tsv(t, "title.principals.tsv", principalsHead, `tt0000001|1|nm0000001|actor|\N|\N`)
	records := read(t, "imdb", basics, principals)
	if len(records) != 2 || records[1].Refused != "is an episode, and title.episode, which names its series, is not given" {
		t.Fatalf("got the records %+v", records)
	}
	if want := []string{"left out the persons, because name.basics is not given"}; !slices.Equal(records[0].Repairs, want) {
		t.Errorf("got the repairs %q, want %q", records[0].Repairs, want)
	}
	names := tsv(t, "name.basics.tsv", namesHead, `nm0000001|Ann|\N|\N|\N|\N`)
	if records := read(t, "imdb", names, principals); len(records) != 1 || records[0].Noun != storage.Person {
		t.Errorf("name.basics alone: got %+v", records)
	}
}

func TestIMDbBadRows(t *testing.T) {
	t.Parallel()
	paths := []string{
		tsv(t, "name.basics.tsv", namesHead, `nm1|\N|\N|\N|\N|\N`, `tt1|Ann|\N|\N|\N|\N`, "nm2|\xff|\\N|\\N|\\N|\\N", `nm+3|Bo|\N|\N|\N|\N`, `nm99999999999|Cy|\N|\N|\N|\N`, `nm|Cy|\N|\N|\N|\N`),
		tsv(t, "title.principals.tsv", principalsHead, `tt0000001|1`, `tt0000001|1|nm4|actor|\N|\N`),
		tsv(t, "title.basics.tsv", basicsHead, `tt0000001|movie|\N|\N|0|\N|\N|\N|\N`, `tt0000002|movie|Two|Two|0|soon|\N|x|\N`, `tt0000003|opera|Three`,
			`tt0000004|opera|Four|Four|0|\N|\N|\N|\N`, `zz|movie|Five|Five|0|\N|\N|\N|\N`),
	}
	var got []string
	for _, in := range read(t, "imdb", paths...) {
		got = append(got, in.Place()+" "+in.Refused+strings.Join(in.Repairs, ", "))
	}
	want := []string{
		"title.basics.tsv:4 must have the 9 cells that the first line names",
		"title.basics.tsv:6 tconst must be tt and 7 to 9 digits",
		"title.principals.tsv:2 must have the 6 cells that the first line names",
		"name.basics.tsv:2 name is missing",
		"name.basics.tsv:3 nconst must be nm and digits: tt1",
		"name.basics.tsv:4 " + file.NotUTF8,
		"name.basics.tsv:5 nconst must be nm and digits: nm+3",
		"name.basics.tsv:6 nconst must be nm and digits: nm99999999999",
		"name.basics.tsv:7 nconst must be nm and digits: nm",
		"title.basics.tsv:2 title is missing",
		`title.basics.tsv:3 dropped release_year: must be a whole number from 1800 to 2999, not "soon", dropped duration: must be a whole number from 0 to 100000, not "x"`,
		`title.basics.tsv:5 has the type "opera", which is neither film nor series`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// TestIMDbRowsInAnyOrder reads the tables with their rows shuffled, some of them twice, and
// with an id of a wrong form between them. The records are the same.
func TestIMDbRowsInAnyOrder(t *testing.T) {
	t.Parallel()
	paths := imdbSet(t)
	want := contents(t, paths)
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		var shuffled []string
		for _, path := range paths {
			lines := strings.Split(strings.TrimSuffix(content(t, path), "\n"), "\n")
			head, rows := lines[0], lines[1:]
			again := rapid.SampledFrom(rows).Draw(rt, "row given twice")
			wrong := "zz" + strings.Repeat("\t\\N", strings.Count(head, "\t"))
			rows = rapid.Permutation(append(rows, again, wrong)).Draw(rt, "rows")
			name := filepath.Join(dir, filepath.Base(path))
			if err := os.WriteFile(name, []byte(head+"\n"+strings.Join(rows, "\n")), 0o600); err != nil {
				rt.Fatal(err)
			}
			shuffled = append(shuffled, name)
		}
		if diff := cmp.Diff(want, contents(t, rapid.Permutation(shuffled).Draw(rt, "files"))); diff != "" {
			rt.Fatalf("records of shuffled rows (-want +got):\n%s", diff)
		}
	})
}

// contents returns the records of tables without their places, each once, sorted.
func contents(t *testing.T, paths []string) []string {
	t.Helper()
	var out []string
	for _, in := range read(t, "imdb", paths...) {
		if in.Refused == "" {
			slices.Sort(in.Repairs)
			in.Repairs = slices.DeleteFunc(in.Repairs, func(s string) bool { return s == "merged a repeated name" })
			out = append(out, fmt.Sprintf("%s %s < %s %v %q", in.Noun.Name, in.Key, in.ParentKey, in.Edit.Values, in.Repairs))
		} else if in.Key != "" {
			out = append(out, in.Key+" "+in.Refused)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestIMDbRowsThatRepeatATitle(t *testing.T) {
	t.Parallel()
	records := read(t, "imdb",
		tsv(t, "title.basics.tsv", basicsHead, `tt0000002|movie|Two|Two|0|1990|\N|\N|\N`, `tt0000001|movie|One|One|0|1990|\N|0|\N`, `tt0000001|movie|Eins|One|0|1990|\N|0|\N`),
		tsv(t, "title.ratings.tsv", ratingsHead, `tt0000001|9.0|1`, `tt0000001|9.0|1`, `tt0000001|3.0|1`),
		tsv(t, "name.basics.tsv", namesHead, `nm0000001|Ann|\N|\N|\N|\N`, `nm0000001|Anna|\N|\N|\N|\N`),
		tsv(t, "title.crew.tsv", crewHead, `tt0000002|nm0000001|\N`, `tt0000001|nm0000001|\N`))
	var got []string
	for _, in := range records {
		v := in.Edit.Values
		got = append(got, fmt.Sprintf("%s %v %v %v %v %s", in.Place(), v["title"], v["name"], v["imdb_rating"], v["directors"], strings.Join(in.Repairs, ", ")))
	}
	want := []string{
		"name.basics.tsv:2 <nil> Ann <nil> <nil> ",
		"name.basics.tsv:3 <nil> Anna <nil> <nil> ", // the import compares rows of one key
		"title.basics.tsv:3 One <nil> 9.0 [{Ann nm0000001}] left out a running time of 0, dropped another averageRating: title.ratings.tsv:4 repeats the title",
		"title.basics.tsv:4 Eins <nil> 9.0 [{Ann nm0000001}] left out a running time of 0, dropped another averageRating: title.ratings.tsv:4 repeats the title",
		"title.basics.tsv:2 Two <nil> <nil> [{Ann nm0000001}] ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}
