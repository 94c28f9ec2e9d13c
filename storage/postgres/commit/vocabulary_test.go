package commit_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/storetest"
)

// analysis makes a term of each word that is separated by spaces.
type analysis struct{}

func (analysis) Form() string { return "test" }

func (analysis) Terms(d *storage.Document) *storage.Terms {
	description, _ := d.Fields["description"].(string)
	t := &storage.Terms{Label: strings.Fields(d.Label()), Text: strings.Fields(description), Flags: []string{"f!" + d.Label()}}
	for _, name := range d.Names[storage.Person.Plural] {
		t.Names = append(t.Names, strings.Fields(name))
	}
	for _, name := range d.Names[storage.Genre.Plural] {
		t.Kinds = append(t.Kinds, "g:"+name)
	}
	if year, ok := d.Fields["release_year"].(int64); ok {
		t.Kinds = append(t.Kinds, fmt.Sprint("y:", year))
	}
	t.Words = append(t.Words, t.Label...)
	return t
}

func (analysis) LabelWords(label string) *storage.LabelWords {
	words := slices.Compact(slices.Sorted(strings.FieldsSeq(label)))
	return &storage.LabelWords{Words: words, Wholes: []string{label}}
}

// searchable returns a store whose objects have terms.
func searchable(t testing.TB) (*postgres.Store, *pgx.Conn, string) {
	t.Helper()
	url := devstack.Postgres(t)
	if _, err := postgres.Migrate(await.Context(t), url, postgres.WithAnalysis(analysis{})); err != nil {
		t.Fatal(err)
	}
	return storetest.Open(t, url, storetest.Key, postgres.WithAnalysis(analysis{})), storetest.Dial(t, url), url
}

var searchedNouns = []*storage.Noun{storage.Movie, storage.Person, storage.Serie}

// wantVocabulary fails the test unless the vocabulary is the number of objects that have
// each term.
func wantVocabulary(t testing.TB, s *postgres.Store, conn *pgx.Conn) map[string]int {
	t.Helper()
	want := map[string]int{}
	_, err := s.AllDocuments(t.Context(), searchedNouns, func(page []storage.Revision) error {
		for _, r := range page {
			for _, term := range (analysis{}).Terms(r.Document).Distinct() {
				want[r.Document.Noun.Name+" "+term]++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	rows, err := conn.Query(t.Context(), `SELECT noun || ' ' || term, objects FROM vocabulary WHERE objects <> 0
		UNION ALL SELECT noun || ' :' || term, words FROM vocabulary WHERE words <> 0
		UNION ALL SELECT 'empty row of ' || term, 0 FROM vocabulary WHERE objects = 0 AND words = 0`)
	if err != nil {
		t.Fatal(err)
	}
	var term string
	var objects int
	if _, err := pgx.ForEachRow(rows, []any{&term, &objects}, func() error { got[term] = objects; return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("the vocabulary differs (-documents +vocabulary):\n%s", diff)
	}
	return got
}

// drawText draws a text of a few words, so that objects share them.
func drawText(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "é", "x'y", `\`}), 1, 4).Draw(t, "words"), " ")
}

// drawSearched draws the JSON of an object that refers to up to six persons and genres.
func drawSearched(t *rapid.T, n *storage.Noun) string {
	if n == storage.Person || n == storage.Genre {
		return fmt.Sprintf(`{"name": %q}`, drawText(t))
	}
	body := fmt.Sprintf(`{"title": %q`, drawText(t))
	if rapid.Bool().Draw(t, "described") {
		body += fmt.Sprintf(`, "description": %q`, drawText(t))
	}
	if n == storage.Movie && rapid.Bool().Draw(t, "dated") {
		body += fmt.Sprintf(`, "release_year": %d`, rapid.IntRange(1990, 1992).Draw(t, "year"))
	}
	if rapid.Bool().Draw(t, "credited") {
		body += fmt.Sprintf(`, "starring": [{"name": "P%d"}], "genres": [{"name": "G%d"}]`, rapid.IntRange(1, 6).Draw(t, "person"), rapid.IntRange(1, 3).Draw(t, "genre"))
	}
	return body + "}"
}

// drawSearchedWrite draws a write of an object that is searched, or that others show. It
// may name a missing object, and is then refused.
func drawSearchedWrite(t *rapid.T) (edit.Write, string) {
	n := rapid.SampledFrom([]*storage.Noun{storage.Movie, storage.Movie, storage.Serie, storage.Person, storage.Genre, storage.Season}).Draw(t, "noun")
	id := fmt.Sprint(rapid.IntRange(1, 12).Draw(t, "id"))
	if n == storage.Season {
		return edit.Write{Noun: n, Operation: storage.Create}, fmt.Sprintf(`{"serie_id": %q, "number": %d}`, id, rapid.IntRange(1, 99).Draw(t, "number"))
	}
	if n == storage.Genre {
		id = rapid.SampledFrom([]string{"g1", "g2", "g3"}).Draw(t, "slug")
	}
	switch rapid.IntRange(0, 8).Draw(t, "operation") {
	case 0, 1, 2:
		return edit.Write{Noun: n, Operation: storage.Create}, drawSearched(t, n)
	case 3, 4, 5:
		return edit.Write{Noun: n, Operation: storage.Update, ID: id}, drawSearched(t, n)
	case 6:
		return edit.Write{Noun: storage.Movie, Operation: storage.Update, ID: id}, `{"imdb_rating": 7.5}`
	}
	return edit.Write{Noun: n, Operation: storage.Delete, ID: id, Cascade: rapid.Bool().Draw(t, "cascade")}, ""
}

// After any writes, the vocabulary counts the terms of the documents.
func TestVocabularyIsExact(t *testing.T) {
	t.Parallel()
	s, conn, url := searchable(t)
	written, key := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		for range 8 {
			var err error
			if rapid.IntRange(0, 9).Draw(rt, "import") == 0 {
				key++
				in := &incoming.Record{Noun: storage.Movie, Key: fmt.Sprint(key), Edit: storetest.Edit(t, storage.Movie, drawSearched(rt, storage.Movie))}
				_, err = s.Import(t.Context(), func(yield func(*incoming.Record, error) bool) { yield(in, nil) }, importer.Options{Source: "test", Who: "test"})
			} else {
				w, body := drawSearchedWrite(rt)
				_, err = storetest.WriteAs(t, s, "test", w, body)
			}
			switch storage.CodeOf(err) {
			case storage.NotFound, storage.Invalid, storage.Conflict:
			default:
				if err != nil {
					rt.Fatal(err)
				}
				written++
			}
		}
		wantVocabulary(t, s, conn)
	})
	if got := wantVocabulary(t, s, conn); len(got) < 10 || written < 100 {
		t.Errorf("%d writes left %d terms, too few for a test", written, len(got))
	}
	// Neither another form nor an interrupted rebuild makes it inexact.
	if _, err := conn.Exec(t.Context(), `UPDATE catalogue SET search_form = 'old'; UPDATE movies SET terms = '' WHERE id % 2 = 0;
		TRUNCATE vocabulary; INSERT INTO vocabulary SELECT noun, ltrim(term, ':'), count(*) FILTER (WHERE term NOT LIKE ':%'), count(*) FILTER (WHERE term LIKE ':%') FROM (
			SELECT 'movie', unnest(tsvector_to_array(terms)) FROM movies UNION ALL SELECT 'serie', unnest(tsvector_to_array(terms)) FROM series
			UNION ALL SELECT 'person', unnest(tsvector_to_array(terms)) FROM persons) t(noun, term)
		WHERE term NOT LIKE '#%' AND term NOT LIKE '%!%' GROUP BY 1, 2`); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Migrate(await.Context(t), url, postgres.WithAnalysis(analysis{})); err != nil {
		t.Fatal(err)
	}
	wantVocabulary(t, s, conn)
}

// A rename of a person on more films than a change logs with documents counts, too.
func TestVocabularyOfManyRenamed(t *testing.T) {
	t.Parallel()
	s, conn, _ := searchable(t)
	person := storetest.Create(t, s, storage.Person, `{"name": "Norma Jeane"}`)
	_, err := s.Import(await.Context(t), func(yield func(*incoming.Record, error) bool) {
		for i := range 1001 {
			body := fmt.Sprintf(`{"title": "Film %d", "starring": [%q], "genres": [{"name": "Drama"}]}`, i%7, person.ID)
			if !yield(&incoming.Record{Noun: storage.Movie, Key: fmt.Sprint(i), Edit: storetest.Edit(t, storage.Movie, body)}, nil) {
				return
			}
		}
	}, importer.Options{Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, rename := range []func() error{
		func() error {
			_, err := storetest.Update(t, s, storage.Person, person.ID, `{"name": "Marilyn"}`)
			return err
		},
		func() error {
			_, err := storetest.Update(t, s, storage.Genre, "drama", `{"name": "Serious"}`)
			return err
		},
	} {
		if err := rename(); err != nil {
			t.Fatal(err)
		}
	}
	got := wantVocabulary(t, s, conn)
	for term, objects := range map[string]int{"movie Marilyn": 1001, "movie g:Serious": 1001, "movie Norma": 0, "movie g:Drama": 0} {
		if got[term] != objects {
			t.Errorf("%d have %s, want %d", got[term], term, objects)
		}
	}
	words := map[string]int{}
	version, err := s.Vocabulary(await.Context(t), storage.Person, func(word string, objects int) { words[word] = objects })
	if current, _ := s.Version(await.Context(t)); err != nil || version != current || !maps.Equal(words, map[string]int{"": 1, "Marilyn": 1}) {
		t.Errorf("%v of version %d, %v", words, version, err)
	}
}
