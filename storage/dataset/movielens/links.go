package movielens

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
	"marquee/storage/incoming"
)

// link is a row of links.
type link struct {
	id         string // of the film
	at         incoming.Position
	imdb, tmdb string
	used       bool
}

// learn remembers a row of links until the row of its film is read.
func (m *movielens) learn(row table.Row) error {
	if err := m.out.Context.Err(); err != nil {
		return err
	}
	if row.Fault != "" {
		return m.out.Refuse(row.Position, storage.Movie, "", row.Fault)
	}
	if !record.NumberID.MatchString(row.Cell("movieId")) {
		return m.out.Refuse(row.Position, storage.Movie, "", "movieId is not a MovieLens id")
	}
	id := strings.Clone(row.Cell("movieId")) // a cell would keep its whole row in memory
	l := &link{id: id, at: row.Position, imdb: strings.Clone(row.Cell("imdbId")), tmdb: strings.Clone(row.Cell("tmdbId"))}
	switch before := m.links[id]; {
	case before == nil:
		m.links[id] = l
	case before.imdb != l.imdb || before.tmdb != l.tmdb:
		return m.out.Refuse(l.at, storage.Movie, id, "has other links for a film than an earlier row: "+before.at.Place())
	}
	return nil
}

// digits are an IMDb id without its tt. Spreadsheets remove zeros in front.
var digits = regexp.MustCompile(`^0*[1-9][0-9]{0,8}$`)

// addLinks adds the ids of other sources to the record of a film. A TMDB id that an
// earlier film has is dropped: IMDb's ids say that these are two films.
func (m *movielens) addLinks(r *record.Record) {
	l := m.links[r.In.Key]
	if l == nil {
		return
	}
	l.used = true
	switch imdb := strings.TrimPrefix(l.imdb, "tt"); {
	case digits.MatchString(imdb):
		r.Set("imdb_id", "tt"+strings.Repeat("0", max(0, 7-len(imdb)))+imdb)
	case imdb != "":
		r.Note("dropped an IMDb id that is not a number: " + storage.Excerpt(imdb))
	}
	switch {
	case l.tmdb == "":
	case !record.NumberID.MatchString(l.tmdb):
		r.Note("dropped a TMDB id that is not a number: " + storage.Excerpt(l.tmdb))
	case m.tmdb[l.tmdb]:
		r.Note("dropped a TMDB id that another film has: " + l.tmdb)
	default:
		m.tmdb[l.tmdb] = true
		r.In.Sources = map[string]string{"tmdb": l.tmdb}
	}
}

// leftOver refuses the links of films that are not in the table of movies, and forgets
// the others.
func (m *movielens) leftOver() error {
	var left []*link
	for _, l := range m.links {
		if !l.used {
			left = append(left, l)
		}
	}
	m.links, m.tmdb = nil, nil
	slices.SortFunc(left, func(a, b *link) int {
		return cmp.Or(cmp.Compare(a.at.File, b.at.File), cmp.Compare(a.at.Line, b.at.Line))
	})
	for _, l := range left {
		if err := m.out.Refuse(l.at, storage.Movie, l.id, "has the links of a film that is not in the table of movies"); err != nil {
			return err
		}
	}
	return nil
}
