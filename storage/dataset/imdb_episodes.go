package dataset

import (
	"regexp"
	"strings"

	"marquee/storage"
)

// takeEpisodes takes the episodes of the series that were taken, and before the
// first of each season the season. Titles of type tvEpisode and rows of
// title.episode belong together; either without the other is refused.
func (m *imdb) takeEpisodes() error {
	basics, err := openTSV(m.files[titleBasics])
	if err != nil {
		return err
	}
	places, err := openTSV(m.files[titleEpisode])
	if err != nil {
		return err
	}
	beside, err := m.openBeside()
	if err != nil {
		return err
	}
	e := &imdbEpisodes{imdb: m, places: &cursor{table: places}, beside: beside}
	if err := basics.each(e.take); err != nil {
		return err
	}
	return e.places.to("\xff", e.dangling, nil) // what is left
}

type imdbEpisodes struct {
	*imdb
	places *cursor
	beside *beside
}

func (e *imdbEpisodes) dangling(row row) error {
	return e.out.refuse(row.table.file, row.line, storage.Episode, "is an episode that is not in title.basics")
}

func (e *imdbEpisodes) take(title row) error {
	if err := e.out.ctx.Err(); err != nil {
		return err
	}
	if noun, reason := e.classify(title); noun != storage.Episode || reason != "" {
		return nil // takeTitles has them
	}
	placed := false
	err := e.places.to(title.cell("tconst"), e.dangling, func(place row) error {
		placed = true
		return e.place(title, place)
	})
	if err != nil || placed {
		return err
	}
	return e.out.refuse(title.table.file, title.line, storage.Episode, "is an episode that is not in title.episode")
}

// place hands on an episode whose place in its series is known.
func (e *imdbEpisodes) place(title, place row) error {
	serie, in, number := place.cell("parentTconst"), place.value("seasonNumber"), place.value("episodeNumber")
	id, _ := idNumber(serie, "tt")
	switch {
	case !e.series[id]:
		return e.out.refuse(title.table.file, title.line, storage.Episode, "is an episode of a series that is not in title.basics")
	case !ordinalForm.MatchString(in) || !ordinalForm.MatchString(number):
		return e.out.refuse(title.table.file, title.line, storage.Episode, "is an episode without number or season")
	}
	r, err := e.newTitle(title, storage.Episode, e.beside)
	if err != nil {
		return err
	}
	r.setNumber("number", number)
	r.in.ParentKey = seasonKey(serie, in)
	if key := (season{id, in}); !e.seasons[key] {
		key.number = strings.Clone(in)
		e.seasons[key] = true
		if err := e.out.emit(newSeason(place.table.file, place.line, serie, in).finish()); err != nil {
			return err
		}
	}
	return e.out.emit(r.finish())
}

// newSeason begins the record of a season. The sources have none of their own:
// they are what episodes say they are in.
func newSeason(f *file, line int, serie, number string) *record {
	r := newRecord(f, line, storage.Season, seasonKey(serie, number))
	r.in.ParentKey = serie
	r.setNumber("number", number)
	return r
}

// ordinalForm is what a season's number can be: it becomes part of a key.
var ordinalForm = regexp.MustCompile(`^[0-9]{1,6}$`)

func seasonKey(serie, number string) string { return serie + "/" + number }
