package spelling_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/spelling"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	fields := storage.Movie.FieldNames()
	tests := map[string]string{
		"title": "title", "titel": "title", "tittle": "title", "Title": "title", "ttl": "", "realease_year": "release_year", "RELEASE_YEAR": "release_year", "releaseYear": "release_year",
		"release year": "release_year", "releaseyera": "release_year", "gnre": "", "genre": "genres", "feild": "", "veiws": "views", "tilte": "title", "di": "", "vews": "views", "i": "", "UK": "", "ids": "id", "": "", "budget": "", "xyz": "",
		strings.Repeat("x", 65): "", strings.Repeat("_", 64) + "id": "",
	}
	for name, want := range tests {
		if got := spelling.Nearest(name, fields); got != want {
			t.Errorf("Nearest(%q): got %q, want %q", name, got, want)
		}
	}
	if got := spelling.Nearest("acton", []string{"faction", "action", "auction"}); got != "action" {
		t.Errorf("Nearest: got %q, want the nearer name", got)
	}
	if got := spelling.Nearest("a", nil); got != "" {
		t.Errorf("Nearest without candidates: got %q", got)
	}
}

func TestNearestCodes(t *testing.T) {
	t.Parallel()
	languages, countries := []string{"br", "de", "en", "fr", "pt", "zh"}, []string{"DE", "EN", "FR", "GB", "SA", "US"}
	for _, tt := range []struct {
		name  string
		codes []string
		want  string
	}{
		{"pt-BR", languages, "pt"}, {"zh_Hant_TW", languages, "zh"}, {"EN", languages, "en"}, {"fra", languages, "fr"}, {"DEU", languages, "de"},
		{"jp", languages, ""}, {"english", languages, ""}, {"ja", languages, ""}, {"", languages, ""}, {"-", languages, ""},
		{"USA", countries, "US"}, {"GBR", countries, "GB"}, {"gb", countries, "GB"}, {"UK", countries, "GB"}, {"GB-ENG", countries, "GB"},
		{"Germany", countries, ""}, {"XX", countries, ""}, {"ITA", countries, ""},
	} {
		if got := spelling.Nearest(tt.name, tt.codes); got != tt.want {
			t.Errorf("Nearest(%q): got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestNearestSlug(t *testing.T) {
	t.Parallel()
	known := []string{"drama", "film-noir", "science-fiction", "short", "sports", "war"}
	for slug, want := range map[string]string{
		"sci-fi": "science-fiction", "Sci-Fi": "science-fiction", "noir": "film-noir", "sport": "sports", "spots": "sports", "shorts": "short",
		"wars": "war", "Dramas": "drama", "espionage": "", "драма": "", "reality-tv": "",
	} {
		if got := spelling.NearestSlug(slug, known); got != want {
			t.Errorf("NearestSlug(%q): got %q, want %q", slug, got, want)
		}
	}
	if got := spelling.Nearest("sport", []string{"short", "sports"}); got != "sports" {
		t.Errorf("Nearest: got %q, want the plural", got)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"year", "year", 0}, {"", "year", 4}, {"year", "", 4},
		{"srot", "sort", 1}, {"osrt", "sort", 1}, {"yare", "year", 2}, {"ab", "ba", 1},
		{"year", "years", 1}, {"yer", "year", 1}, {"yeer", "year", 1}, {"raey", "year", 3}, {"ca", "abc", 3},
		{"éa", "aé", 1}, {"日本", "本日", 1},
	} {
		if got := spelling.Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("Distance(%q, %q): got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestNearestFixesOneSlip(t *testing.T) {
	t.Parallel()
	fields := []string{"description", "release_year", "imdb_rating", "recommended"}
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SampledFrom(fields).Draw(t, "meant")
		letters := []rune(want)
		i := rapid.IntRange(0, len(letters)-1).Draw(t, "at")
		switch slip := rapid.RuneFrom(nil, unicode.Latin).Draw(t, "slip"); rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			letters[i] = slip
		case 1:
			letters = slices.Insert(letters, i, slip)
		case 2:
			j := max(i, 1)
			letters[j-1], letters[j] = letters[j], letters[j-1]
		default:
			letters = slices.Delete(letters, i, i+1)
		}
		if got := spelling.Nearest(string(letters), fields); got != want {
			t.Errorf("Nearest(%q): got %q, want %q", string(letters), got, want)
		}
	})
}
