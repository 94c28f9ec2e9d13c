package tvmaze

import (
	"encoding/json"
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
	if fault != "" || o["season"] == nil {
		return nil // takeShow emits these
	}
	season, _ := o["season"].(json.Number)
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
		return t.out.Refuse(at, storage.Episode, "", "season is not a number")
	case o["number"] == nil:
		return t.out.Refuse(at, storage.Episode, "", "is a special: it has no number in its season")
	case show == "", slug == "" && !t.known[show]:
		return t.out.Refuse(at, storage.Episode, "", "is an episode whose show is neither in its links nor in its address")
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
	number, _ := o["season"].(json.Number)
	key := record.SeasonKey(show, number.String())
	if t.seasons[key] {
		return nil
	}
	t.seasons[key] = true
	r := record.NewSeason(at, show, number.String())
	r.Set("release_year", record.YearOf(o.Text("airdate"))) // the year of its first episode in the file
	return t.out.Emit(r.Finish())
}

func setEpisode(r *record.Record, o record.Object) {
	r.Set("number", o["number"])
	r.Set("title", record.Tidy(o.Text("name")))
	r.Set("description", record.PlainText(o.Text("summary")))
	r.Set("air_date", o["airdate"])
	if runtime, _ := o["runtime"].(json.Number); runtime != "" && runtime != "0" {
		r.Set("duration", runtime)
	}
	r.SetRating(o.Object("rating")["average"])
	setImages(r, "backdrop", o.Object("image"), 250, 140)
}

// showSlug returns the show in the address of an episode, which goes on with the season
// and the number: game-of-thrones-1x01-winter-is-coming.
func showSlug(o record.Object) string {
	season, _ := o["season"].(json.Number)
	number, _ := o["number"].(json.Number)
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
