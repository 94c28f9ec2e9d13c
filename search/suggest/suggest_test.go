package suggest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search/suggest"
	"marquee/search/text"
	"marquee/search/touch"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

func newStore(t testing.TB) *postgres.Store {
	t.Helper()
	url := devstack.Postgres(t)
	if _, err := postgres.Migrate(await.Context(t), url, postgres.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	return storetest.Open(t, url, storetest.Key, postgres.WithAnalysis(text.Analysis{}))
}

// The sentences of the contract, one by one.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, title := range []string{"The Godfather", "God", "Godzilla vs. Kong", "Oh, God!", "Amélie", "Spider-Man", "M*A*S*H", "L'Homme du train", "Straße", "20,000 Leagues",
		"千と千尋の神隠し", "Romeo & Juliet", "It", "The Good, the Bad and the Ugly", "Schindler's List", "It's a Wonderful Life"} {
		storetest.Create(t, s, storage.Movie, fmt.Sprintf(`{"title": %q}`, title))
	}
	storetest.Create(t, s, storage.Movie, `{"title": "Godland", "imdb_rating": 7.5, "release_year": 2022}`)
	storetest.Create(t, s, storage.Serie, `{"title": "God of War", "release_year": 1999}`)
	storetest.Create(t, s, storage.Person, `{"name": "Godfrey Reggio"}`)
	storetest.Create(t, s, storage.Person, `{"name": "Flannery O'Connor"}`)
	storetest.Create(t, s, storage.Person, `{"name": "Werner Müller"}`)
	storetest.Create(t, s, storage.Genre, `{"name": "Gods and Myths"}`)
	storetest.Create(t, s, storage.Collection, `{"name": "Gods of Summer", "periods": [{"from": "2027-07-01T00-00", "to": "2027-07-31T23-59"}]}`)
	storetest.Create(t, s, storage.Collection, `{"name": "Gods of Winter", "periods": [{"from": "2027-12-01T00-00", "to": "2027-12-31T23-59"}]}`)
	tests := []struct{ q, want string }{
		// The whole text, then its beginning by rating and id, numbers before slugs, then inside.
		{"god", "movie [God]; movie [God]land; serie [God] of War; person [God]frey Reggio; movie [God]zilla vs. Kong; genre [God]s and Myths; collection [God]s of Summer; movie The [God]father; movie Oh, [God]!"},
		{"GOD!", "movie [God]; movie [God]land; serie [God] of War; person [God]frey Reggio; movie [God]zilla vs. Kong; genre [God]s and Myths; collection [God]s of Summer; movie The [God]father; movie Oh, [God]!"},
		{"gods", "genre [Gods] and Myths; collection [Gods] of Summer"},
		{"the godf", "movie [The] [Godf]ather"},
		{"godfather the", "movie [The] [Godfather]"},
		{"god the", ""}, // god is no word of The Godfather
		{"the", "movie [The] Godfather; movie [The] Good, [the] Bad and [the] Ugly"},
		{"amelie", "movie [Amélie]"}, {"Amé", "movie [Amé]lie"}, {"AMELI", "movie [Améli]e"},
		{"spider m", "movie [Spider]-[M]an"}, {"spider-man", "movie [Spider]-[Man]"}, {"mash", "movie [M*A*S*H]"}, {"ma", "movie [M*A]*S*H; movie Spider-[Ma]n"},
		{"hom", "movie L'[Hom]me du train"}, {"l'ho", "movie L'[Ho]mme du train"}, {"lhomme", "movie [L'Homme] du train"},
		{"strass", "movie [Straß]e"}, {"20000 lea", "movie [20,000] [Lea]gues"}, {"千と", "movie [千と]千尋の神隠し"}, {"神隠", "movie 千と千尋の[神隠]し"},
		{"romeo and j", "movie [Romeo] [&] [J]uliet"}, {"connor", "person Flannery O'[Connor]"}, {"mueller", "person Werner [Müller]"}, {"mull", "person Werner [Müll]er"},
		{"it", "movie [It]; movie [It]'s a Wonderful Life"}, {"schindlers", "movie [Schindler's] List"}, {"ugly bad", "movie The Good, the [Bad] and the [Ugly]"},
		// One typo in one word of four letters, where nothing is found.
		{"gdofat", "movie The [Godfat]her"}, {"goodfat", "movie The [Godfat]her"}, {"gofdat", "movie The [Godfat]her"}, {"godfahter", "movie The [Godfather]"}, {"gobfath", "movie The [Godfath]er"}, {"godather", "movie The [Godfather]"},
		{"hodfather", ""}, {"gdofahter", ""}, {"tle", ""}, {"thee god", "movie [The] [God]father"}, {"spidre man", "movie [Spider]-[Man]"}, {"spider mam", ""},
		{"amleie", "movie [Amélie]"}, {"strasze", "movie [Straße]"},
		{"?!", ""}, {"winter", ""}, {"summer", "collection Gods of [Summer]"},
	}
	for _, tt := range tests {
		q, parsed := queryOf(tt.q, 20), suggest.Parse(tt.q)
		got, err := s.Suggest(await.Context(t), q)
		if err != nil {
			t.Fatal(err)
		}
		var shown []string
		for i := range got.Found {
			shown = append(shown, shownWith(&got.Found[i], parsed))
		}
		if diff := cmp.Diff(tt.want, strings.Join(shown, "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.q, diff)
		}
		if want := time.Date(2027, 8, 1, 0, 0, 0, 0, time.UTC); !got.Until.Equal(want) {
			t.Errorf("%s: until %s, want %s", tt.q, got.Until, want)
		}
	}
	got, err := s.Suggest(await.Context(t), &storage.SuggestQuery{Nouns: []*storage.Noun{storage.Movie, storage.Serie}, Words: []string{"god"}, Limit: 3})
	if err != nil || !got.Until.IsZero() || got.Found[0].ReleaseYear != nil || got.Found[1].ReleaseYear == nil || *got.Found[2].ReleaseYear != 1999 {
		t.Errorf("%+v, %v", got, err)
	}
}

// labels are of few words, so that texts find some of them.
var labelWords = strings.Fields("the the of god godfather goods L'Homme Amélie love lovely life star stars Straße O'Connor Müller a b ab M*A*S*H 2001")

func drawLabel(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(labelWords), 1, 4).Draw(t, "label"), rapid.SampledFrom([]string{" ", "-", ", "}).Draw(t, "separator"))
}

// drawText draws a text: the beginning of a label, often with a typo.
func drawText(t *rapid.T) string {
	runes := []rune(drawLabel(t))
	runes = runes[:rapid.IntRange(1, len(runes)).Draw(t, "length")]
	if i := rapid.IntRange(-3, len(runes)-1).Draw(t, "typo"); i >= 0 {
		letter := rapid.SampledFrom([]rune("aeox")).Draw(t, "letter")
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			runes = slices.Delete(runes, i, i+1)
		case 1:
			runes = slices.Insert(runes, i, letter)
		case 2:
			runes[i] = letter
		default:
			runes[i], runes[max(0, i-1)] = runes[max(0, i-1)], runes[i]
		}
	}
	return string(runes)
}

// drawWrite makes a write, which may be refused.
func drawWrite(t *rapid.T, tb testing.TB, s *postgres.Store) {
	n := storage.NounByName(rapid.SampledFrom([]string{"movie", "movie", "movie", "serie", "person", "genre", "collection"}).Draw(t, "noun"))
	w := &edit.Write{Noun: n, Cascade: true, Who: "test", ID: fmt.Sprint(rapid.IntRange(1, 12).Draw(t, "id")),
		Operation: rapid.SampledFrom([]storage.Operation{storage.Create, storage.Create, storage.Create, storage.Update, storage.Delete}).Draw(t, "operation")}
	if n.Slug {
		w.ID = "slug-" + w.ID
	}
	body := fmt.Sprintf(`{%q: %q`, n.Label, drawLabel(t))
	switch n {
	case storage.Movie, storage.Serie:
		body += fmt.Sprintf(`, "imdb_rating": %s`, rapid.SampledFrom([]string{"null", "0.0", "5.5", "7.0"}).Draw(t, "rating"))
	case storage.Collection:
		body += fmt.Sprintf(`, "periods": %s`, rapid.SampledFrom([]string{`[]`, `[{"from": "2027-07-01T00-00", "to": "2027-07-31T23-59"}]`, `[{"from": "2027-08-01T00-00", "to": "2027-08-31T23-59"}]`}).Draw(t, "periods"))
	}
	if n.Slug && w.Operation == storage.Create {
		body += fmt.Sprintf(`, "id": %q`, w.ID)
	}
	if w.Operation != storage.Delete {
		w.Edit = storetest.Edit(tb, n, body+"}")
	}
	if w.Operation == storage.Create {
		w.ID = ""
	}
	if _, err := s.Write(context.Background(), w); err != nil && storage.CodeOf(err) == storage.Internal {
		t.Fatal(err)
	}
}

// The store answers as the model does after every write and flush, and a change that alters
// an answer touches its query.
func TestStoreAgreesWithModel(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx := await.Context(t)
	found, corrected, touched, checked := 0, 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		var queries []*storage.SuggestQuery
		var before [][]string
		old := modelOf(t, s)
		for range 25 {
			q := queryOf(drawText(rt), rapid.IntRange(1, 20).Draw(rt, "limit"))
			if rapid.Bool().Draw(rt, "some") {
				from := rapid.IntRange(0, len(storage.Suggested)-1).Draw(rt, "from")
				q.Nouns = storage.Suggested[from:rapid.IntRange(from+1, len(storage.Suggested)).Draw(rt, "to")]
			}
			queries, before = append(queries, q), append(before, old.suggest(q))
		}
		version, err := s.Version(ctx)
		if err != nil {
			rt.Fatal(err)
		}
		for range 4 {
			drawWrite(rt, t, s)
		}
		changes, err := s.Changes(ctx, version, 1000)
		if err != nil {
			rt.Fatal(err)
		}
		now := modelOf(t, s)
		for i, q := range queries {
			want, subject := now.suggest(q), touch.NewSuggestions(q)
			touches := slices.ContainsFunc(changes.Changes, func(c storage.Change) bool { return subject.Touched(&c) })
			if checked++; touches {
				touched++
			} else if diff := cmp.Diff(before[i], want); diff != "" {
				rt.Fatalf("%v: no change touches it, but (-before +after):\n%s", q.Words, diff)
			}
		}
		id := fmt.Sprint(rapid.IntRange(1, 12).Draw(rt, "viewed"))
		if err := s.AddViews(ctx, storage.Movie, map[string]int64{id: rapid.Int64Range(1, 3).Draw(rt, "views")}); err != nil {
			rt.Fatal(err)
		}
		if _, err := s.FlushCounters(ctx); err != nil {
			rt.Fatal(err)
		}
		now = modelOf(t, s)
		for _, q := range queries {
			got, err := s.Suggest(ctx, q)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(now.suggest(q), listed(got)); diff != "" {
				rt.Fatalf("%v of %v (-want +got):\n%s", q.Words, q.Nouns, diff)
			}
			for i := range got.Found {
				found++
				if text.LabelWords(got.Found[i].Label).Class(q.Words) == storage.NotSuggested {
					corrected++
				}
				if places := (&suggest.Text{Words: q.Words}).Places(got.Found[i].Label); len(places) == 0 {
					rt.Fatalf("%v: no place in %s", q.Words, got.Found[i].Label)
				}
			}
		}
	})
	if found < 500 || corrected < 20 || touched < 50 || touched > checked*9/10 {
		t.Errorf("%d suggestions, %d of them with typos; %d of %d queries were touched: too few or too many for a test", found, corrected, touched, checked)
	}
}
