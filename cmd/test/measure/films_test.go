package measure_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"marquee/deploy/devstack"
)

// film is a film of the Wikipedia lists, as a program without Marquee would index it.
type film struct {
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Names       []string `json:"names"`
	Genre       []string `json:"genre"`
	Year        int      `json:"year"`
}

// wikipediaFilms reads the 36,273 films.
func wikipediaFilms(b *testing.B) []film {
	b.Helper()
	paths, err := filepath.Glob(filepath.Join(devstack.Data(b, "wikipedia"), "*.json.gz"))
	if err != nil {
		b.Fatal(err)
	}
	var films []film
	for _, path := range paths {
		films = append(films, readFilms(b, path)...)
	}
	return films
}

func readFilms(b *testing.B, path string) []film {
	b.Helper()
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		b.Fatal(err)
	}
	var records []struct {
		Title, Extract string
		Cast, Genres   []string
		Year           int
	}
	if err := json.NewDecoder(text).Decode(&records); err != nil {
		b.Fatal(err)
	}
	films := make([]film, len(records))
	for i, r := range records {
		films[i] = film{r.Title, r.Extract, r.Cast, nil, r.Year}
		for _, genre := range r.Genres {
			films[i].Genre = append(films[i].Genre, strings.ToLower(genre))
		}
	}
	return films
}

// seed makes the requests the same in every run.
const seed = 1

// genres are the most frequent ones. Their ids equal their names in lower case.
var genres = []string{
	"drama", "comedy", "silent", "western", "romance", "crime", "action", "thriller", "musical", "adventure", "horror", "war",
}

// twoWords returns the paths of n different searches for two words of one film: a word
// of its title or its persons' names, and another one of any of its texts. Words have
// four letters or more. withGenre adds a genre of the film.
func twoWords(films []film, n int, withGenre bool) []string {
	random := rand.New(rand.NewPCG(seed, 0))
	known := map[string]bool{}
	var paths []string
	for len(paths) < n {
		f := &films[random.IntN(len(films))]
		label := words(f.Title + " " + strings.Join(f.Names, " "))
		all := slices.Concat(label, words(f.Description))
		if len(label) == 0 {
			continue
		}
		first, second := label[random.IntN(len(label))], all[random.IntN(len(all))]
		path := "/2.0/movies?q=" + first + "+" + second
		if withGenre {
			listed := slices.IndexFunc(f.Genre, func(g string) bool { return slices.Contains(genres, g) })
			if listed < 0 {
				continue
			}
			path += "&genres=" + f.Genre[listed]
		}
		if first == second || known[path] {
			continue
		}
		known[path] = true
		paths = append(paths, path)
	}
	return paths
}

// words returns the words of four letters or more, in lower case, without those that a
// URL would have to escape.
func words(text string) []string {
	parts := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.DeleteFunc(parts, func(word string) bool {
		return len(word) < 4 || strings.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII })
	})
}

// genrePages returns the paths of the first pages of films that have one genre or either
// of two, by year in both directions.
func genrePages() []string {
	const pages = 150
	var paths []string
	for i, one := range genres {
		for _, other := range genres[i:] {
			list := one
			if other != one {
				list += "," + other
			}
			for page := range pages {
				for _, sort := range []string{"year", "-year"} {
					paths = append(paths, fmt.Sprintf("/2.0/movies?genres=%s&sort=%s&offset=%d", list, sort, 10*page))
				}
			}
		}
	}
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	return paths
}
