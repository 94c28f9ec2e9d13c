package dataset_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
)

// films writes a Wikipedia file of items.
func films(t testing.TB, items ...string) string {
	t.Helper()
	return write(t, "films.json", "[\n"+strings.Join(items, ",\n")+"\n]")
}

func TestWikipediaFilm(t *testing.T) {
	t.Parallel()
	in := one(t, "wikipedia", films(t, `{"title":"The Long  Road","year":1951,"cast":["Ann Example","Bo Sample"],
		"genres":["Drama","Animated"],"href":"The_Long_Road%3F_(1951_film)","extract":"\n\nThe Long Road is\na 1951 film.[1]",
		"thumbnail":"https://pictures.example/road.jpg","thumbnail_width":320,"thumbnail_height":480}`))
	want := map[string]any{
		"title": "The Long Road", "release_year": int64(1951), "description": "The Long Road is a 1951 film.",
		"countries": []any{"US"}, "starring": refs("Ann Example", "Bo Sample"), "genres": refs("Drama", "Animation"),
		"images":    map[string]any{"poster": map[string]any{"320": map[string]any{"width": int64(320), "height": int64(480), "url": "https://pictures.example/road.jpg"}}},
		"web_links": map[string]any{"wikipedia": "https://en.wikipedia.org/wiki/The_Long_Road%3F_%281951_film%29"},
	}
	if diff := cmp.Diff(want, values(t, in)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if want := "1951/The Long Road/The_Long_Road?_(1951_film)"; in.Key != want {
		t.Errorf("got key %q, want %q", in.Key, want)
	}
	if want := []string{"removed marks from a title", "filed genre Animated under Animation"}; !slices.Equal(in.Repairs, want) {
		t.Errorf("got the repairs %q, want %q", in.Repairs, want)
	}
}

func TestWikipediaTitles(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"The Cord[1]":       "The Cord",
		"Night\u00a0[fr]":   "Night",
		"A Man (film)":      "A Man",
		"A Man (1920 film)": "A Man",
		"A Man (unmade)":    "A Man (unmade)",
		"[REC]²":            "[REC]²",
		"M":                 "M",
		"9½ Days":           "9½ Days",
		"Gun .mw-parser-output .frac{white-space:nowrap}.mw-parser-output .frac .num,.mw-parser-output .x{top:0}7+1⁄3: More": "Gun 7 1⁄3: More",
	} {
		in := one(t, "wikipedia", films(t, fmt.Sprintf(`{"title":%q,"year":1950}`, title)))
		if got := values(t, in)["title"]; got != want {
			t.Errorf("title %q: got %q, want %q", title, got, want)
		}
	}
}

func TestWikipediaCasts(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, cast, want string }{
		{"short names", "X|U2|GQ|Nas|50 Cent|will.i.am|india.arie", "X|U2|GQ|Nas|50 Cent|will.i.am|india.arie"},
		{"debris", "Ann Lee|.|]|and|?|&|Bo Day|(voices)|[2]|voices of|Narrated by|the|(uncredited bit)", "Ann Lee|Bo Day"},
		{"brackets left over", "Ann Day]]|[[Bo Lee|. Cy Fox", "Ann Day|Bo Lee|Cy Fox"},
		{"remarks", "Ann Day (actress)|Bo (Tex) Lee (actor)", "Ann Day|Bo (Tex) Lee"},
		{"remark cut in pieces", "Ann Day|(|Best Actress|nominee)|Bo Lee", "Ann Day|Bo Lee"},
		{"bracket that never closes", "Ann Day|(|Bo Lee|Cy Fox", "Ann Day|Bo Lee|Cy Fox"},
		{"writer", "Ann Day|(novel)|Bo Lee|Cy Fox (Screenplay)", "Bo Lee"},
		{"writers", "Ann Day|Bo Lee|(screenwriters)|Cy Fox", "Cy Fox"},
		{"cut suffix", "Ann Day|Bo Lee|Sr.|Cy Fox", "Ann Day|Bo Lee Sr.|Cy Fox"},
		{"joined by and", "and Ann Day|and orchestra", "Ann Day"},
		{"subjects of a documentary", "the life of|Ann Day|stand-up comedy|Hip hop music|The life of Bo Lee|Archive footage of|life in|town's fight", "Ann Day"},
		{"particles", "van der Berg Ann|de facto", "van der Berg Ann"},
		{"groups", "The Who|The Example Brothers|A Martinez", "The Who|The Example Brothers|A Martinez"},
		{"twice", "Ann Day|Bo Lee|ann  day", "Ann Day|Bo Lee"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cast := `"` + strings.Join(strings.Split(tt.cast, "|"), `","`) + `"`
			in := one(t, "wikipedia", films(t, `{"title":"A","year":1950,"cast":[`+cast+`]}`))
			if diff := cmp.Diff(refs(strings.Split(tt.want, "|")...), values(t, in)["starring"]); diff != "" {
				t.Errorf("starring (-want +got):\n%s", diff)
			}
			if tt.cast != tt.want && len(in.Repairs) == 0 {
				t.Error("got no repairs")
			}
		})
	}
}

func TestWikipediaArticlesAboutOtherSubjects(t *testing.T) {
	t.Parallel()
	film := func(title string, year int, href, text, cast string) string {
		return fmt.Sprintf(`{"title":%q,"year":%d,"href":%q,"extract":%q,"cast":[%q],"thumbnail":"https://p.example/a.jpg","thumbnail_width":2}`, title, year, href, text, cast)
	}
	const serial = "Four Rings is a serial of short films about a jeweller."
	path := films(t,
		film("First Ring", 1920, "First_Ring", serial, ""),
		film("Four Rings", 1920, "Four_Rings", serial, ""),
		film("Golden Ring", 1921, "Golden_Ring", serial+" It stars Ann Day.", "Ann Day"),
		film("Last Ring", 1921, "Last_Ring", serial+" It stars Ann Day.", "Bo Lee"),
		film("Mouse One", 1950, "Mouse_One", "This is a complete list of the shorts.", ""),
		film("Sea", 1950, "Sea", "Sea is a 2001 film.", "Bo Lee"),
		film("Sky", 1950, "Sky", "Sky is a 1940 film starring Bo Lee.", "Bo Lee"),
		film("Sun", 1950, "Sun", "Sun is a remake of the 1930 film.", ""),
		film("Rat", 1950, "Play#Films", "Play is a play.", ""),
		film("The List of Names", 1950, "L", "The List of Names is a film.", ""),
	)
	taken := map[string]string{}
	for _, in := range read(t, "wikipedia", path) {
		v := values(t, in)
		said := ""
		for _, field := range []string{"description", "images", "web_links"} {
			if v[field] != nil {
				said += field[:1]
			}
		}
		taken[v["title"].(string)] = said
		if dropped := len(in.Repairs) > 0; dropped != (v["description"] == nil) {
			t.Errorf("%s: got the repairs %q", v["title"], in.Repairs)
		}
	}
	want := map[string]string{"First Ring": "w", "Four Rings": "diw", "Golden Ring": "diw", "Last Ring": "w", "Mouse One": "w",
		"Sea": "", "Sky": "diw", "Sun": "diw", "Rat": "w", "The List of Names": "diw"}
	if diff := cmp.Diff(want, taken); diff != "" {
		t.Errorf("texts, images and links that were taken (-want +got):\n%s", diff)
	}
}

func TestWikipediaRepeats(t *testing.T) {
	t.Parallel()
	film := func(year int, href, cast string) string {
		return fmt.Sprintf(`{"title":"Carmen","year":%d,"href":%q,"cast":[%q]}`, year, href, cast)
	}
	tests := []struct {
		name, first, second string
		repeated            bool
	}{
		{"same article", film(1915, "A", "Ann Day"), film(1915, "A", "Bo Lee"), true},
		{"same article, next year's list", film(1915, "A", "Ann Day"), film(1916, "A", "Ann Day"), true},
		{"article of another year's film", film(1915, "A", "Ann Day"), film(1923, "A", "Bo Lee"), false},
		{"other article", film(1915, "A", "Ann Day"), film(1915, "B", "Ann Day"), false},
		{"one without article, same cast", film(1915, "", "Ann Day"), film(1915, "B", "Ann Day"), true},
		{"without articles, same cast", film(1915, "", "Ann Day (narrator)"), film(1915, "", "Ann Day"), true},
		{"without articles, other cast", film(1915, "", "Ann Day"), film(1915, "", "Bo Lee"), false},
		{"without articles, other year", film(1915, "", "Ann Day"), film(1916, "", "Ann Day"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			records := read(t, "wikipedia", films(t, tt.first, tt.second))
			if len(records) != 2 || records[0].Refused != "" {
				t.Fatalf("got the records %+v", records)
			}
			if got := records[1].Refused; (got == "is repeated: films.json item 1 has the film") != tt.repeated {
				t.Errorf("second record: got the refusal %q", got)
			}
			if !tt.repeated && records[0].Key == records[1].Key {
				t.Errorf("both records have the key %q", records[0].Key)
			}
		})
	}
}

func TestWikipediaBadItems(t *testing.T) {
	t.Parallel()
	path := films(t, `{"title":"B","year":"1950"}`, `{"title":"C","year":1700}`, `{"title":null}`, `{"title":"`+strings.Repeat("x", 1<<20)+`"}`, `{"x":nul}`)
	var got []string
	for _, in := range read(t, "wikipedia", path) {
		got = append(got, fmt.Sprint(in.Line, " ", in.Refused, in.Repairs))
	}
	want := []string{
		`2 [dropped release_year: must be a whole number from 1800 to 2999, not "1950"]`,
		`3 [dropped release_year: must be a whole number from 1800 to 2999, not "1700"]`,
		"4 title is missing[]",
		"5 is longer than 1 MiB[]",
		"6 is not JSON: invalid character '}' in literal null (expecting 'l') (line 1, byte 9 of it)[]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestInvalidKeysAreReplacedByTheirDigest(t *testing.T) {
	t.Parallel()
	for _, href := range []string{strings.Repeat("x", 600), "%00", "%FF"} {
		in := one(t, "wikipedia", films(t, `{"title":"A","year":1950,"href":"`+href+`"}`))
		if len(in.Key) != 64 || in.Noun != storage.Movie {
			t.Errorf("got the key %q of a %s, want a digest", in.Key, in.Noun.Name)
		}
	}
}
