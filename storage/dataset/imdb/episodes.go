package imdb

import (
	"strconv"

	"marquee/storage"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
)

// takeEpisodes emits the episodes of the series that were emitted, and each season before
// its first episode. A title of type tvEpisode needs a row of title.episode and the
// reverse; one without the other is refused.
func (m *imdb) takeEpisodes() error {
	basics, err := m.open(titleBasics)
	if err != nil {
		return err
	}
	places, err := m.cursor(titleEpisode)
	if err != nil {
		return err
	}
	details, err := m.openDetails()
	if err != nil {
		return err
	}
	e := &imdbEpisodes{imdb: m, places: places, details: details}
	if err := each(basics, e.take); err != nil {
		return err
	}
	_, err = e.places.of("tu", e.untitled) // the rows left over: every id is less than tu
	return err
}

type imdbEpisodes struct {
	*imdb
	places  *cursor
	details *details
}

func (e *imdbEpisodes) untitled(row table.Row) error {
	return e.out.Refuse(row.Position, storage.Episode, row.Cell(tconst), "is an episode that is not in title.basics")
}

func (e *imdbEpisodes) take(title table.Row) error {
	if err := e.out.Context.Err(); err != nil {
		return err
	}
	if noun, reason := e.classify(title); noun != storage.Episode || reason != "" {
		return nil // takeTitles emits these
	}
	id := title.Cell(tconst)
	places, err := e.places.of(id, e.untitled)
	if err == nil && len(places) == 0 {
		return e.out.Refuse(title.Position, storage.Episode, id, "is an episode that is not in title.episode")
	}
	for _, place := range places {
		if err = e.place(title, place); err != nil {
			break
		}
	}
	return err
}

// place emits an episode with its place in the series.
func (e *imdbEpisodes) place(title, place table.Row) error {
	serie, in, number := place.Cell("parentTconst"), ordinal(place, "seasonNumber"), ordinal(place, "episodeNumber")
	id, _ := idNumber(serie, "tt")
	switch {
	case !e.series[id]:
		return e.out.Refuse(title.Position, storage.Episode, title.Cell(tconst), "is an episode of a series that is not in title.basics: "+storage.Excerpt(serie))
	case in == "" || number == "":
		return e.out.Refuse(title.Position, storage.Episode, title.Cell(tconst), "is an episode without number or season")
	}
	r, err := e.newTitle(title, storage.Episode, e.details)
	if err != nil {
		return err
	}
	r.SetNumber("number", number)
	r.In.ParentKey = record.SeasonKey(serie, in)
	if key := (season{id, in}); !e.seasons[key] {
		e.seasons[key] = true
		if err := e.out.Emit(record.NewSeason(place.Position, serie, in).Finish()); err != nil {
			return err
		}
	}
	return e.out.Emit(r.Finish())
}

// ordinal returns the number of a season or episode without leading zeros, "" when there
// is none.
func ordinal(row table.Row, column string) string {
	s := value(row, column)
	n, err := strconv.Atoi(s)
	if err != nil || !record.Ordinal.MatchString(s) {
		return ""
	}
	return strconv.Itoa(n)
}
