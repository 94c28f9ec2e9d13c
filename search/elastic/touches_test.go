package elastic_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/search"
	"marquee/search/elastic"
	"marquee/search/touch"
	"marquee/storage"
)

var touchPieces = strings.Fields(`star stars starring wars warring city cities matrix godfather godfathers spider man spiderman spider-man
	rocky ii 2 two the who it what science fiction scifi scary horror doc documentary 80s M*A*S*H mash E.T. et 8½ 8 七人の侍 侍 café naïve
	москва don't dont don´t !!! part organizations organize 3.5 a western`)

func drawPieces(t *rapid.T, name string, most int) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(touchPieces), 1, most).Draw(t, name), " ")
}

func drawFilm(t *rapid.T, id int) *storage.Document {
	d := film(id, drawPieces(t, "title", 3), drawPieces(t, "description", 3), "release_year", int64(rapid.IntRange(1979, 1990).Draw(t, "year")))
	if genre := rapid.SampledFrom([]string{"", "horror", "science-fiction"}).Draw(t, "genre"); genre != "" {
		d.Fields["genres"], d.Names["genres"] = []any{genre}, []string{strings.ReplaceAll(genre, "-", " ")}
	}
	if rapid.Bool().Draw(t, "named") {
		d.Names["persons"] = []string{drawPieces(t, "name", 2)}
	}
	return d
}

// drawSought draws a text, perhaps with a wrong letter or a phrase.
func drawSought(t *rapid.T) string {
	text := []rune(drawPieces(t, "text", 3))
	if i := rapid.IntRange(0, len(text)-1).Draw(t, "at"); rapid.Bool().Draw(t, "misspelt") && text[i] != ' ' {
		text[i] = 'e'
	}
	if rapid.IntRange(0, 4).Draw(t, "quoted") == 0 {
		return `"` + string(text) + `" ` + drawPieces(t, "more", 1)
	}
	return string(text)
}

// A write that changes the films of a search touches it. Every write shifts the rarity of
// words, so the order is not compared.
func TestWhatChangesAMatchTouchesIt(t *testing.T) {
	t.Parallel()
	docs := make([]*storage.Document, 20)
	for i := range docs {
		docs[i] = rapid.Custom(func(rt *rapid.T) *storage.Document { return drawFilm(rt, i+1) }).Example(i)
	}
	words := wordsOf(docs...)
	c, alias := openWith(t, elastic.Config{Vocabulary: words})
	index, version := fill(t, c, alias, docs...), int64(1)
	changed := 0
	rapid.Check(t, func(rt *rapid.T) {
		queries := make([]*storage.Query, 3)
		before := make([]string, len(queries))
		for i := range queries {
			text, err := search.NewText(storage.Match, drawSought(rt))
			if err != nil {
				rt.Fatal(err)
			}
			queries[i] = &storage.Query{Noun: storage.Movie, Text: text, Order: storage.Order{Sort: &storage.Relevance}, Limit: 100}
			before[i] = foundBy(list(rt, c, queries[i]))
		}
		i := rapid.IntRange(0, len(docs)-1).Draw(rt, "film")
		change := &storage.Change{Noun: storage.Movie, Operation: storage.Update, IDs: []string{docs[i].ID}, Before: docs[i], After: drawFilm(rt, i+1)}
		docs[i] = change.After
		version++
		put(t, c, index, version, change.After)
		words.set(change.After)
		for j, q := range queries {
			if after := foundBy(list(rt, c, q)); after != before[j] {
				changed++
				if !touch.NewInterest(q).Touched(change) {
					rt.Fatalf("%q is not touched by %v %v becoming %v %v: it found\n%s, then\n%s", q.Text.Query,
						change.Before.Fields, change.Before.Names, change.After.Fields, change.After.Names, before[j], after)
				}
			}
		}
	})
	t.Logf("%d answers changed", changed)
}

// foundBy returns the contents of a page in a fixed order.
func foundBy(page *storage.Page) string {
	found := bodiesOf(page)
	slices.Sort(found)
	if page.Relaxed {
		found = append(found, "relaxed")
	}
	return strings.Join(found, "\n")
}
