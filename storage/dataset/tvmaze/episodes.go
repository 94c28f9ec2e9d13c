package tvmaze

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"marquee/storage"
	"marquee/storage/dataset/record"
	"marquee/storage/incoming"
)

// takeEpisode emits an episode. Before the first episode of a season it emits the
// season, and before that the show when no file has it.
func (t *tvmaze) takeEpisode(at incoming.Position, o record.Object, fault string) error {
	if fault != "" || o.Value("season") == nil {
		return nil // takeShow emits these
	}
	season := o.Number("season")
	slug := showSlug(o)
	show := lastPart(o.Object("_links").Object("show").Text("href"))
	if !record.NumberID.MatchString(show) {
		if show = t.bySlug[slug]; show == "" {
			show = slug
		}
	}
	switch {
	case o.ID() == "":
		return t.out.Refuse(at, storage.Episode, "", "id is not a TVmaze id")
	case !record.Ordinal.MatchString(season.String()):
		return t.out.Refuse(at, storage.Episode, o.ID(), "season is not a number")
	case o.Value("number") == nil:
		return t.out.Refuse(at, storage.Episode, o.ID(), "is a special: it has no number in its season")
	case show == "", slug == "" && !t.known[show]:
		return t.out.Refuse(at, storage.Episode, o.ID(), "is an episode whose show is neither in its links nor in its address")
	}
	if err := t.parents(at, o, show, slug); err != nil {
		return err
	}
	r := record.New(at, storage.Episode, o.ID())
	r.In.ParentKey = record.SeasonKey(show, season.String())
	setEpisode(r, o)
	return t.out.Emit(r.Finish())
}

// parents emits the show and the season of an episode if they are new.
func (t *tvmaze) parents(at incoming.Position, o record.Object, show, slug string) error {
	if !t.known[show] {
		t.known[show] = true
		r := record.New(at, storage.Serie, show)
		r.Set("title", titleOf(slug))
		r.Note("made a show from its episodes")
		if err := t.out.Emit(r.Finish()); err != nil {
			return err
		}
	}
	number := o.Number("season")
	key := record.SeasonKey(show, number.String())
	if t.seasons[key] {
		return nil
	}
	t.seasons[key] = true
	r := record.NewSeason(at, show, number.String())
	r.SetDate("release_year", "", "airdate", o.Text("airdate")) // the year of its first episode in the file
	return t.out.Emit(r.Finish())
}

func setEpisode(r *record.Record, o record.Object) {
	r.From(o)
	r.Set("number", o.Value("number"))
	r.Set("title", record.Tidy(o.Text("name")))
	r.Set("description", record.PlainText(o.Text("summary")))
	r.Set("air_date", o.Value("airdate"))
	if runtime := o.Number("runtime"); runtime == "0" {
		r.Note("left out a running time of 0")
	} else {
		r.SetNumber("duration", runtime.String())
	}
	r.SetRating(o.Object("rating").Number("average"))
	setImages(r, "backdrop", o.Object("image"), 250, 140)
}

// showSlug returns the show in the address of an episode, which goes on with the season
// and the number: game-of-thrones-1x01-winter-is-coming.
func showSlug(o record.Object) string {
	season := o.Number("season")
	number := o.Number("number")
	if len(number) == 1 {
		number = "0" + number
	}
	slug, _, found := strings.Cut(lastPart(o.Text("url")), fmt.Sprintf("-%sx%s-", season, number))
	if !found {
		slug, found = strings.CutSuffix(lastPart(o.Text("url")), fmt.Sprintf("-%sx%s", season, number))
	}
	if !found || !slugForm.MatchString(slug) {
		return ""
	}
	return slug
}

// slugForm is the form of a slug that may become a key.
var slugForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,199}$`)

// smallWords are not capitalised within a title.
var smallWords = strings.Fields("a an and at by for from in of on or the to with")

// titleOf makes a title from a slug: Game of Thrones.
func titleOf(slug string) string {
	words := strings.FieldsFunc(slug, func(c rune) bool { return c == '-' })
	for i, w := range words {
		if i == 0 || !slices.Contains(smallWords, w) {
			letters := []rune(w)
			letters[0] = unicode.ToUpper(letters[0])
			words[i] = string(letters)
		}
	}
	return strings.Join(words, " ")
}
