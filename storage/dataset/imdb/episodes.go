package imdb

import (
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
)

// takeEpisodes emits the episodes of the series that were emitted, and each season before
// its first episode. A title of type tvEpisode needs a row of title.episode and the
// reverse; one without the other is refused.
func (m *imdb) takeEpisodes() error {
	basics, err := table.OpenTSV(m.files[titleBasics])
	if err != nil {
		return err
	}
	places, err := table.OpenTSV(m.files[titleEpisode])
	if err != nil {
		return err
	}
	details, err := m.openDetails()
	if err != nil {
		return err
	}
	e := &imdbEpisodes{imdb: m, places: &cursor{table: places}, details: details}
	if err := basics.Each(e.take); err != nil {
		return err
	}
	return e.places.advance("\xff", e.untitled, nil) // the rows left over
}

type imdbEpisodes struct {
	*imdb
	places  *cursor
	details *details
}

func (e *imdbEpisodes) untitled(row table.Row) error {
	return e.out.Refuse(row.Position, storage.Episode, "", "is an episode that is not in title.basics")
}

func (e *imdbEpisodes) take(title table.Row) error {
	if err := e.out.Context.Err(); err != nil {
		return err
	}
	if noun, reason := e.classify(title); noun != storage.Episode || reason != "" {
		return nil // takeTitles emits these
	}
	placed := false
	err := e.places.advance(title.Cell("tconst"), e.untitled, func(place table.Row) error {
		placed = true
		return e.place(title, place)
	})
	if err != nil || placed {
		return err
	}
	return e.out.Refuse(title.Position, storage.Episode, "", "is an episode that is not in title.episode")
}

// place emits an episode with its place in the series.
func (e *imdbEpisodes) place(title, place table.Row) error {
	serie, in, number := place.Cell("parentTconst"), value(place, "seasonNumber"), value(place, "episodeNumber")
	id, _ := idNumber(serie, "tt")
	switch {
	case !e.series[id]:
		return e.out.Refuse(title.Position, storage.Episode, "", "is an episode of a series that is not in title.basics")
	case !record.Ordinal.MatchString(in) || !record.Ordinal.MatchString(number):
		return e.out.Refuse(title.Position, storage.Episode, "", "is an episode without number or season")
	}
	r, err := e.newTitle(title, storage.Episode, e.details)
	if err != nil {
		return err
	}
	r.SetNumber("number", number)
	r.In.ParentKey = record.SeasonKey(serie, in)
	if key := (season{id, in}); !e.seasons[key] {
		key.number = strings.Clone(in)
		e.seasons[key] = true
		if err := e.out.Emit(record.NewSeason(place.Position, serie, in).Finish()); err != nil {
			return err
		}
	}
	return e.out.Emit(r.Finish())
}
