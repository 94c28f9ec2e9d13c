package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"marquee/storage"
)

// IMDb's tables (datasets.imdbws.com): tab-separated, quotes mean nothing, \N
// is an unset cell. Any of them may be missing, but without title.basics or
// name.basics there is nothing to take. Titles and persons are known by IMDb's
// ids.
//
//   - Films are the types of movieTypes, series those of serieTypes; games are
//     refused. Episodes and their seasons are taken when their series is.
//   - starring are actors, actresses and those who appear as themselves;
//     directors come from title.crew, else from title.principals.
//   - name.basics has years of birth only: a date is not made up from one.
//   - title.akas has nothing that the catalogue keeps; it is not read.
//   - rows of ratings, crews and principals about titles that are not in
//     title.basics are passed over: they are no objects of their own.
//
// The whole of IMDb has 11 million titles and 90 million principals, too many
// for memory. But all title tables come sorted by title, so they are read side
// by side. Only the names are kept, in about 25 bytes each.
func prepareIMDB(files []*file) (func(*output) error, error) {
	m := &imdb{files: map[string]*file{}, series: map[uint32]bool{}, seasons: map[season]bool{}}
	for _, f := range files {
		kind, err := imdbKind(f)
		if err != nil {
			return nil, err
		}
		if other := m.files[kind]; other != nil {
			return nil, fmt.Errorf("%s and %s are both IMDb's %s", other.name, f.name, kind)
		}
		m.files[kind] = f
	}
	if m.files[titleBasics] == nil && m.files[nameBasics] == nil {
		return nil, errors.New("neither title.basics nor name.basics is given: there is nothing to take")
	}
	m.planPasses()
	return m.run, nil
}

// imdb is a run over the tables.
type imdb struct {
	out   *output
	files map[string]*file
	names names
	// series are the series taken, by the number in their ids; seasons are the
	// seasons that were handed on.
	series  map[uint32]bool
	seasons map[season]bool
}

type season struct {
	series uint32
	number string
}

func (m *imdb) run(out *output) error {
	*m = imdb{out: out, files: m.files, names: names{}, series: map[uint32]bool{}, seasons: map[season]bool{}}
	steps := []func() error{m.checkSorted, m.takeNames}
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

// takeNames takes the persons of name.basics.
func (m *imdb) takeNames() error {
	f := m.files[nameBasics]
	if f == nil {
		return nil
	}
	t, err := openTSV(f)
	if err != nil {
		return err
	}
	return t.each(func(row row) error {
		if row.fault != "" {
			return m.out.refuse(f, row.line, storage.Person, row.fault)
		}
		id, name := row.cell("nconst"), tidy(row.value("primaryName"))
		number, ok := idNumber(id, "nm")
		if !ok {
			return m.out.refuse(f, row.line, storage.Person, "nconst is not nm and digits")
		}
		r := newRecord(f, row.line, storage.Person, id)
		r.set("name", name)
		r.set("imdb_id", id)
		in := r.finish()
		if in.Refused == "" {
			if err := m.names.add(number, name); err != nil {
				return err
			}
		}
		return m.out.emit(in)
	})
}

// value is a cell that may be unset.
func (r row) value(column string) string {
	if s := r.cell(column); s != `\N` {
		return s
	}
	return ""
}

var (
	movieTypes = []string{"movie", "short", "tvMovie", "tvShort", "tvSpecial", "tvPilot", "video"}
	serieTypes = []string{"tvSeries", "tvMiniSeries"}
	titleForm  = regexp.MustCompile(`^tt[0-9]{7,9}$`)
)

// takeTitles takes the films and series of title.basics.
func (m *imdb) takeTitles() error {
	f := m.files[titleBasics]
	t, err := openTSV(f)
	if err != nil {
		return err
	}
	beside, err := m.openBeside()
	if err != nil {
		return err
	}
	return t.each(func(row row) error {
		noun, reason := m.classify(row)
		switch {
		case reason != "":
			return m.out.refuse(f, row.line, noun, reason)
		case noun == storage.Episode:
			return m.out.ctx.Err() // takeEpisodes has them
		}
		r, err := m.newTitle(row, noun, beside)
		if err != nil {
			return err
		}
		in := r.finish()
		if number, _ := idNumber(r.in.Key, "tt"); noun == storage.Serie && in.Refused == "" {
			m.series[number] = true
		}
		return m.out.emit(in)
	})
}

// classify tells what a title is, or why it cannot be taken.
func (m *imdb) classify(row row) (*storage.Noun, string) {
	if row.fault != "" {
		return storage.Movie, row.fault
	}
	kind, noun := row.cell("titleType"), storage.Movie
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
	if !titleForm.MatchString(row.cell("tconst")) {
		return noun, "tconst is not tt and 7 to 9 digits"
	}
	if noun == storage.Episode && m.files[titleEpisode] == nil {
		return noun, "is an episode, and title.episode, which names its series, is not given"
	}
	return noun, ""
}

// newTitle makes a record of a row of title.basics and what stands beside it.
func (m *imdb) newTitle(row row, n *storage.Noun, beside *beside) (*record, error) {
	id := row.cell("tconst")
	r := newRecord(row.table.file, row.line, n, id)
	r.set("imdb_id", id)
	r.set("title", tidy(row.value("primaryTitle")))
	r.setNumber("release_year", row.value("startYear"))
	r.setNumber("ended_year", row.value("endYear"))
	r.setNumber("duration", strings.TrimLeft(row.value("runtimeMinutes"), "0"))
	if n.Field("genres") != nil && row.value("genres") != "" {
		for g := range strings.SplitSeq(row.value("genres"), ",") {
			r.referGenre(g)
		}
	}
	return r, beside.addTo(r, id, m)
}

// setNumber sets a number if the noun has the field: films do not end, series
// have no length, episodes no year.
func (r *record) setNumber(field, value string) {
	if value != "" && r.in.Noun.Field(field) != nil {
		r.set(field, json.Number(value))
	}
}
