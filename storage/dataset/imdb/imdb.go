// Package imdb reads IMDb's tables (datasets.imdbws.com): tab-separated, quotes mean
// nothing, \N is an unset cell. Any table may be missing, but one of title.basics and
// name.basics is needed. The keys of titles and persons are IMDb's ids.
//
//   - Titles of movieTypes become films, titles of serieTypes series. Games are refused.
//     Episodes and their seasons are imported with their series.
//   - starring are actors, actresses and persons who appear as themselves. directors
//     come from title.crew, or from title.principals where title.crew is not given.
//   - name.basics has only the year of birth, so birth_date stays unset.
//   - title.akas is not read: the catalogue has no field for it.
//   - Rows of ratings, crews and principals whose title is not in title.basics are
//     skipped: they are not objects.
//
// The whole of IMDb has 11 million titles and 90 million principals, too many for
// memory. The tables of titles are read side by side, sorted by title, as IMDb publishes
// them. Of one with its rows in another order, a sorted copy is made in a temporary file
// (sort.go). Only the names of persons are in memory, in about 25 bytes each, and the ids
// of series and their seasons.
package imdb

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
)

// Prepare finds the tables among the files and returns the function that reads them.
func Prepare(files []*file.File) (func(*record.Output) error, error) {
	m := &imdb{files: map[string]*file.File{}}
	for _, f := range files {
		kind, err := kindOf(f)
		if err != nil {
			return nil, err
		}
		if other := m.files[kind]; other != nil {
			return nil, fmt.Errorf("%s and %s are both IMDb's %s", other.Name, f.Name, kind)
		}
		m.files[kind] = f
	}
	if m.files[titleBasics] == nil && m.files[nameBasics] == nil {
		return nil, errors.New("neither title.basics nor name.basics is given: give one of them")
	}
	m.planPasses()
	return m.run, nil
}

// imdb is a run over the tables.
type imdb struct {
	out   *record.Output
	files map[string]*file.File
	// copies are the sorted copies of tables.
	copies map[string]*sortedCopy
	names  names
	// series are the series emitted, by the number in their ids.
	series map[uint32]bool
	// seasons are the seasons emitted.
	seasons map[season]bool
}

type season struct {
	series uint32
	number string
}

func (m *imdb) run(out *record.Output) error {
	*m = imdb{out: out, files: m.files, copies: map[string]*sortedCopy{}, series: map[uint32]bool{}, seasons: map[season]bool{}}
	defer m.close()
	steps := []func() error{m.check, m.takeNames}
	if m.files[titleBasics] != nil {
		steps = append(steps, m.takeTitles)
	}
	if m.files[titleBasics] != nil && m.files[titleEpisode] != nil {
		steps = append(steps, m.takeEpisodes)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// takeNames emits the persons of name.basics.
func (m *imdb) takeNames() error {
	f := m.files[nameBasics]
	if f == nil {
		return nil
	}
	t, err := table.OpenTSV(f)
	if err != nil {
		return err
	}
	return t.Each(func(row table.Row) error {
		if row.Fault != "" {
			return m.out.Refuse(row.Position, storage.Person, "", row.Fault)
		}
		id, name := row.Cell("nconst"), record.Tidy(value(row, "primaryName"))
		number, ok := idNumber(id, "nm")
		if !ok {
			return m.out.Refuse(row.Position, storage.Person, "", "nconst must be nm and digits: "+storage.Excerpt(id))
		}
		r := record.New(row.Position, storage.Person, id)
		r.Set("name", name)
		r.Set("imdb_id", id)
		in := r.Finish()
		if in.Refused == "" {
			if err := m.names.add(number, name); err != nil {
				return err
			}
		}
		return m.out.Emit(in)
	})
}

// value returns a cell, "" when it is unset.
func value(row table.Row, column string) string {
	if s := row.Cell(column); s != `\N` {
		return s
	}
	return ""
}

var (
	movieTypes = []string{"movie", "short", "tvMovie", "tvShort", "tvSpecial", "tvPilot", "video"}
	serieTypes = []string{"tvSeries", "tvMiniSeries"}
)

// takeTitles emits the films and series of title.basics.
func (m *imdb) takeTitles() error {
	basics, err := m.open(titleBasics)
	if err != nil {
		return err
	}
	details, err := m.openDetails()
	if err != nil {
		return err
	}
	return each(basics, func(row table.Row) error {
		noun, reason := m.classify(row)
		switch {
		case reason != "":
			return m.out.Refuse(row.Position, noun, row.Cell(tconst), reason)
		case noun == storage.Episode:
			return m.out.Context.Err() // takeEpisodes emits these
		}
		r, err := m.newTitle(row, noun, details)
		if err != nil {
			return err
		}
		in := r.Finish()
		if number, _ := idNumber(r.In.Key, "tt"); noun == storage.Serie && in.Refused == "" {
			m.series[number] = true
		}
		return m.out.Emit(in)
	})
}

// classify returns the noun of a title and, when the title cannot be imported, the
// reason.
func (m *imdb) classify(row table.Row) (*storage.Noun, string) {
	kind, noun := row.Cell("titleType"), storage.Movie
	switch {
	case slices.Contains(serieTypes, kind):
		noun = storage.Serie
	case kind == "tvEpisode":
		noun = storage.Episode
	case kind == "videoGame":
		return noun, "is a game"
	case !slices.Contains(movieTypes, kind):
		return noun, fmt.Sprintf("has the type %q, which is neither film nor series", storage.Excerpt(kind))
	}
	if noun == storage.Episode && m.files[titleEpisode] == nil {
		return noun, "is an episode, and title.episode, which names its series, is not given"
	}
	return noun, ""
}

// newTitle makes a record from a row of title.basics and the details of the title.
func (m *imdb) newTitle(row table.Row, n *storage.Noun, details *details) (*record.Record, error) {
	id := row.Cell(tconst)
	r := record.New(row.Position, n, id)
	r.Set("imdb_id", id)
	r.Set("title", record.Tidy(value(row, "primaryTitle")))
	r.SetNumber("release_year", value(row, "startYear"))
	r.SetNumber("ended_year", value(row, "endYear"))
	if minutes := value(row, "runtimeMinutes"); strings.Trim(minutes, "0") != "" {
		r.SetNumber("duration", minutes)
	} else {
		r.NoteIf(minutes != "", "left out a running time of 0")
	}
	if n.Field("genres") != nil && value(row, "genres") != "" {
		for g := range strings.SplitSeq(value(row, "genres"), ",") {
			r.ReferGenre(g)
		}
	}
	return r, details.addTo(r, id, m)
}
