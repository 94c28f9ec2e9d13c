package spelling

import (
	"slices"

	"marquee/storage/textform"
)

// Genre returns the name that catalogues mostly use for a genre, and whether the given
// name is another one for it. Only names of the same genre are listed: Music and Musical,
// Legal and Crime, Suspense and Thriller stay apart.
func Genre(name string) (usual string, isOther bool) {
	usual, isOther = otherGenres[name]
	return usual, isOther
}

// otherGenres has, of each pair, the name of most sources as the value.
var otherGenres = map[string]string{
	"Animated":        "Animation",       // Wikipedia; TMDB, IMDb and TVmaze have Animation
	"Historical":      "History",         // Wikipedia; TMDB, IMDb and TVmaze have History
	"Sport":           "Sports",          // IMDb, some of Wikipedia; TVmaze has Sports
	"Noir":            "Film Noir",       // Wikipedia
	"Film-Noir":       "Film Noir",       // IMDb
	"Sci-Fi":          "Science Fiction", // IMDb
	"Science-Fiction": "Science Fiction", // TVmaze
	"Espionage":       "Spy",             // TVmaze; Wikipedia has Spy
	"Reality-TV":      "Reality",         // IMDb; TVmaze has Reality
	"Talk-Show":       "Talk Show",       // IMDb; TVmaze has Talk Show
	"Game-Show":       "Game Show",       // IMDb; TVmaze has Game Show
}

var otherSlugs = func() map[string]string {
	slugs := map[string]string{}
	for other, usual := range otherGenres {
		slugs[textform.Slug(other)] = textform.Slug(usual)
	}
	return slugs
}()

// NearestSlug returns the known slug to suggest for an unknown one, "" if there is none:
// the genre whose other name it is (sci-fi is science-fiction), else Nearest.
func NearestSlug(slug string, known []string) string {
	slug = textform.Slug(slug)
	if usual := otherSlugs[slug]; slices.Contains(known, usual) {
		return usual
	}
	return Nearest(slug, known)
}
