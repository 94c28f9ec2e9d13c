package record

import "marquee/storage/edit"

// ReferGenre adds a genre to the record, under its name in the catalogue.
func (r *Record) ReferGenre(name string) {
	name = Tidy(name)
	if one, ok := genreSynonyms[name]; ok {
		r.Note("filed genre " + name + " under " + one)
		name = one
	}
	r.Refer("genres", edit.Reference{Name: name})
}

// genreSynonyms maps genre names of the sources to genre names of the catalogue.
// Only names of the same genre are merged: Music and Musical, Legal and Crime, Suspense
// and Thriller stay apart. Of a pair, the catalogue has the name of most sources.
var genreSynonyms = map[string]string{
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
