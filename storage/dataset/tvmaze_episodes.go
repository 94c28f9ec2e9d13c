package dataset

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"marquee/storage"
)

// takeEpisode takes an episode, before it the season that it is the first of,
// and before that the show when no file has it.
func (t *tvmaze) takeEpisode(f *file, line int, o object, fault string) error {
	if fault != "" || o["season"] == nil {
		return nil // takeShow has them
	}
	season, _ := o["season"].(json.Number)
	slug := showSlug(o)
	show := lastPart(o.object("_links").object("show").text("href"))
	if !numberID.MatchString(show) {
		if show = t.bySlug[slug]; show == "" {
			show = slug
		}
	}
	switch {
	case o.id() == "":
		return t.out.refuse(f, line, storage.Episode, "id is not a TVmaze id")
	case !ordinalForm.MatchString(season.String()):
		return t.out.refuse(f, line, storage.Episode, "season is not a number")
	case o["number"] == nil:
		return t.out.refuse(f, line, storage.Episode, "is a special without a number in its season")
	case show == "", slug == "" && !t.known[show]:
		return t.out.refuse(f, line, storage.Episode, "is an episode of a show that neither its links nor its address tell")
	}
	if err := t.parents(f, line, o, show, slug); err != nil {
		return err
	}
	r := newRecord(f, line, storage.Episode, o.id())
	r.in.ParentKey = seasonKey(show, season.String())
	r.setEpisode(o)
	return t.out.emit(r.finish())
}

// parents hands on the show and the season of an episode, if they are new.
func (t *tvmaze) parents(f *file, line int, o object, show, slug string) error {
	if !t.known[show] {
		t.known[show] = true
		r := newRecord(f, line, storage.Serie, show)
		r.set("title", titleOf(slug))
		r.note("made a show from what its episodes say")
		if err := t.out.emit(r.finish()); err != nil {
			return err
		}
	}
	number, _ := o["season"].(json.Number)
	key := seasonKey(show, number.String())
	if t.seasons[key] {
		return nil
	}
	t.seasons[key] = true
	r := newSeason(f, line, show, number.String())
	r.set("release_year", yearOf(o.text("airdate"))) // that of its first episode in the file
	return t.out.emit(r.finish())
}

func (r *record) setEpisode(o object) {
	r.set("number", o["number"])
	r.set("title", tidy(o.text("name")))
	r.set("description", plainText(o.text("summary")))
	r.set("air_date", o["airdate"])
	if runtime, _ := o["runtime"].(json.Number); runtime != "" && runtime != "0" {
		r.set("duration", runtime)
	}
	r.setRating(o.object("rating")["average"])
	r.setImages("backdrop", o.object("image"), 250, 140)
}

// showSlug is the show in an episode's address, which goes on with the season
// and the number: game-of-thrones-1x01-winter-is-coming.
func showSlug(o object) string {
	season, _ := o["season"].(json.Number)
	number, _ := o["number"].(json.Number)
	if len(number) == 1 {
		number = "0" + number
	}
	slug, _, found := strings.Cut(lastPart(o.text("url")), fmt.Sprintf("-%sx%s-", season, number))
	if !found {
		slug, found = strings.CutSuffix(lastPart(o.text("url")), fmt.Sprintf("-%sx%s", season, number))
	}
	if !found || !slugForm.MatchString(slug) {
		return ""
	}
	return slug
}

// slugForm bounds what of an address can become a key.
var slugForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,199}$`)

// smallWords are not capitalised within a title.
var smallWords = strings.Fields("a an and at by for from in of on or the to with")

// titleOf makes a title of a slug: Game of Thrones.
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
