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

// The tables, by their usual names.
const (
	nameBasics      = "name.basics"
	titleBasics     = "title.basics"
	titlePrincipals = "title.principals"
	titleRatings    = "title.ratings"
	titleCrew       = "title.crew"
	titleEpisode    = "title.episode"
	titleAkas       = "title.akas"
)

// imdbColumns are the columns that are read of each table and that tell it
// from the others.
var imdbColumns = map[string][]string{
	nameBasics:      {"nconst", "primaryName"},
	titleBasics:     {"tconst", "titleType", "primaryTitle", "startYear", "endYear", "runtimeMinutes", "genres"},
	titlePrincipals: {"tconst", "ordering", "nconst", "category"},
	titleRatings:    {"tconst", "averageRating"},
	titleCrew:       {"tconst", "directors"},
	titleEpisode:    {"tconst", "parentTconst", "seasonNumber", "episodeNumber"},
	titleAkas:       {"titleId", "title", "region"},
}

func imdbKind(f *file) (string, error) {
	t, err := openTSV(f)
	f.read.Store(0)
	if err != nil {
		return "", err
	}
	for kind, columns := range imdbColumns {
		if t.has(columns...) && (kind == nameBasics || t.columns[columns[0]] == 0) {
			return kind, nil
		}
	}
	return "", fmt.Errorf("%s is none of IMDb's tables: its first line names other columns", f.name)
}

func openTSV(f *file) (*table, error) { return openTable(f, newLines, splitTSV) }

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

// sideTables are the tables that are read beside title.basics.
var sideTables = []string{titlePrincipals, titleRatings, titleCrew, titleEpisode}

// planPasses sets how often each file is read: the sorted ones once to see that
// they are, then once for films and series and, if there are episodes, once
// more for those, whose parents have to come before them.
func (m *imdb) planPasses() {
	titles := m.files[titleBasics] != nil
	episodes := m.files[titleEpisode] != nil
	for kind, f := range m.files {
		switch {
		case kind == nameBasics:
			f.passes = 1
		case kind == titleAkas || !titles:
			f.passes = 0
		case kind == titleEpisode:
			f.passes = 2
		case episodes:
			f.passes = 3
		default:
			f.passes = 2
		}
	}
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

// checkSorted makes sure, before anything is taken, that the title tables can
// be read side by side. It refuses the rows that are broken.
func (m *imdb) checkSorted() error {
	if m.files[titleBasics] == nil {
		return nil
	}
	for _, kind := range append([]string{titleBasics}, sideTables...) {
		f := m.files[kind]
		if f == nil {
			continue
		}
		t, err := openTSV(f)
		if err != nil {
			return err
		}
		last := ""
		err = t.each(func(r row) error {
			switch {
			case r.fault != "" && kind == titleBasics:
				return nil // takeTitles refuses it
			case r.fault != "":
				return m.out.refuse(f, r.line, nounOf(kind), r.fault)
			case r.cells[0] < last:
				return fmt.Errorf("%s, line %d: %s stands behind %s: sort the rows by their first column, as IMDb publishes them",
					f.name, r.line, storage.Excerpt(r.cells[0]), storage.Excerpt(last))
			}
			last = r.cells[0]
			return m.out.ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// nounOf is the noun that a broken row of a table is reported under.
func nounOf(kind string) *storage.Noun {
	if kind == titleEpisode {
		return storage.Episode
	}
	return storage.Movie
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
