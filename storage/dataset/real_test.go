package dataset_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/incoming"
)

// tally counts the records of real files by noun, and the refusals and repairs by text.
type tally struct {
	Taken   map[string]int
	Refused map[string]int
	Repairs map[string]int
}

// count reads the files without storing the records: 36,273 films are too many for the
// memory of the race detector.
func count(t *testing.T, format, folder string, visit func(*incoming.Record)) tally {
	t.Helper()
	c := tally{map[string]int{}, map[string]int{}, map[string]int{}}
	for in, err := range open(t, format, devstack.Data(t, folder)).Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		check(t, in)
		if in.Refused != "" {
			reason, _, _ := strings.Cut(in.Refused, ": ")
			c.Refused[reason]++
			continue
		}
		c.Taken[in.Noun.Name]++
		for _, m := range in.Repairs {
			kind, _, _ := strings.Cut(m, ": ")
			c.Repairs[kind]++
		}
		visit(in)
	}
	return c
}

func TestRealWikipedia(t *testing.T) {
	t.Parallel()
	want := tally{
		Taken:   map[string]int{"movie": 36273 - 109},
		Refused: map[string]int{"is repeated": 109},
		Repairs: map[string]int{
			"dropped debris between the names of a cast":                                                249,
			"dropped text and picture of an article that is a list":                                     72,
			"dropped text and picture of an article that is about a work of another year":               39,
			"dropped text and picture of an article that is about more than the film":                   8,
			"dropped text and picture of an article that is about a subject that several films link to": 21,
			"dropped writers and directors from a cast":                                                 19,
			"filed genre Animated under Animation":                                                      894,
			"filed genre Historical under History":                                                      565,
			"filed genre Noir under Film Noir":                                                          1113,
			"filed genre Sport under Sports":                                                            39,
			"merged a repeated name":                                                                    41,
			"joined Sr. or Jr. to its name":                                                             4,
			"removed marks from a name":                                                                 20,
			"removed marks from a title":                                                                13,
		},
	}
	texts, keys, same := map[string]int{}, map[string]bool{}, 0
	got := count(t, "wikipedia", "wikipedia", func(in *incoming.Record) {
		if keys[in.Key] {
			same++
			return
		}
		keys[in.Key] = true
		if text, _ := in.Edit.Values["description"].(string); text != "" {
			texts[text]++
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wikipedia (-want +got):\n%s", diff)
	}
	if same != 7 {
		t.Errorf("got %d rows that are equal to an earlier one, want 7", same)
	}
	for text, n := range texts {
		if n > 3 {
			t.Errorf("got %d films with the text %.80q", n, text)
		}
	}
}

func TestRealTMDB(t *testing.T) {
	t.Parallel()
	want := tally{
		Taken:   map[string]int{"movie": 4803},
		Refused: map[string]int{},
		Repairs: map[string]int{
			"decoded HTML entities":                       21,
			"dropped Foreign, which is not a genre":       34,
			"dropped a country whose code is not known":   1,
			"dropped a language whose code is not known":  2,
			"dropped web_links":                           1,
			"cut a cast to its first 15 persons":          2647,
			"left out a rating of 0, which means unrated": 63,
			"left out a running time that is empty or 0":  37,
			"merged a repeated name":                      41,
			"read the language cn as zh":                  48,
		},
	}
	noDirector := 0
	got := count(t, "tmdb5000", "tmdb-5000", func(in *incoming.Record) {
		if in.Edit.Values["directors"] == nil {
			noDirector++
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tmdb5000 (-want +got):\n%s", diff)
	}
	if noDirector != 30 {
		t.Errorf("got %d films without director, want 30", noDirector)
	}
}

func TestRealIMDb(t *testing.T) {
	t.Parallel()
	want := tally{
		Taken:   map[string]int{"movie": 99, "person": 99},
		Refused: map[string]int{"is an episode that is not in title.basics": 99},
		Repairs: map[string]int{"filed genre Sport under Sports": 6, "left out a person who is not in name.basics": 145, "left out a running time of 0": 1},
	}
	if diff := cmp.Diff(want, count(t, "imdb", "imdb-tsv-100", func(*incoming.Record) {})); diff != "" {
		t.Errorf("99 rows (-want +got):\n%s", diff)
	}
	want = tally{
		Taken:   map[string]int{"movie": 2000, "person": 10177},
		Refused: map[string]int{},
		Repairs: map[string]int{"filed genre Reality-TV under Reality": 2, "filed genre Sci-Fi under Science Fiction": 45, "filed genre Sport under Sports": 24,
			"left out a person who is not in name.basics": 6, "merged a repeated name": 1},
	}
	if diff := cmp.Diff(want, count(t, "imdb", "imdb-tsv-2000", func(*incoming.Record) {})); diff != "" {
		t.Errorf("2,000 titles (-want +got):\n%s", diff)
	}
}

func TestRealTVmaze(t *testing.T) {
	t.Parallel()
	want := tally{
		Taken:   map[string]int{"serie": 245 + 3, "season": 35 + 8 + 5, "episode": 751 + 73 + 104},
		Refused: map[string]int{},
		Repairs: map[string]int{"filed genre Science-Fiction under Science Fiction": 40, "made a show from its episodes": 3,
			"merged a repeated name": 1},
	}
	made := map[string]any{}
	got := count(t, "tvmaze", "tvmaze", func(in *incoming.Record) {
		if in.Noun == storage.Serie && slices.Contains(in.Repairs, "made a show from its episodes") {
			made[in.Key] = in.Edit.Values["title"]
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tvmaze (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"82": "Game of Thrones", "83": "The Simpsons", "the-fosters": "The Fosters"}, made); diff != "" {
		t.Errorf("shows made from episodes (-want +got):\n%s", diff)
	}
}
