package dataset

import (
	"fmt"
	"strings"

	"marquee/storage"
)

// TVmaze's lists of shows and of episodes, as its API returns them; an item
// with a season is an episode. Shows are taken first, whatever file they are
// in. Keys are TVmaze's ids; that of a season is show/number.
//
//   - A show that only its episodes tell of is made from their address:
//     …/episodes/4952/game-of-thrones-1x01-winter-is-coming. Where they do not
//     link to their show either, "game-of-thrones" is its key.
//   - A type other than Scripted is filed as a genre too, since the other
//     sources have Animation and Documentary among theirs.
//   - TVmaze's rating becomes the rating: it is the only one there.
//   - A special has no number within its season, so it cannot be an episode: it
//     is refused.
func prepareTVmaze(files []*file) (func(*output) error, error) {
	for _, f := range files {
		f.passes = 2
		if it, err := firstItem(f, newArray); err != nil {
			return nil, err
		} else if it.fault != "" {
			return nil, fmt.Errorf("%s %s", f.name, it.fault)
		}
	}
	return func(out *output) error {
		t := &tvmaze{out: out, known: map[string]bool{}, bySlug: map[string]string{}, seasons: map[string]bool{}}
		if err := t.each(files, t.takeShow); err != nil {
			return err
		}
		return t.each(files, t.takeEpisode)
	}, nil
}

type tvmaze struct {
	out *output
	// known are the keys of the shows that were handed on, bySlug those of the
	// ones whose address is known.
	known  map[string]bool
	bySlug map[string]string
	// seasons are the keys of the seasons that were handed on.
	seasons map[string]bool
}

func (t *tvmaze) each(files []*file, visit func(*file, int, object, string) error) error {
	for _, f := range files {
		err := eachItem(f, newArray, func(it item) error {
			o, fault := parseObject(it)
			if err := t.out.ctx.Err(); err != nil {
				return err
			}
			return visit(f, it.line, o, fault)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// takeShow takes a show; it refuses what is neither show nor episode.
func (t *tvmaze) takeShow(f *file, line int, o object, fault string) error {
	id := o.id()
	switch {
	case fault != "":
		return t.out.refuse(f, line, storage.Serie, fault)
	case o["season"] != nil:
		return nil
	case id == "":
		return t.out.refuse(f, line, storage.Serie, "id is not a TVmaze id")
	}
	r := newRecord(f, line, storage.Serie, id)
	r.setShow(o)
	in := r.finish()
	if in.Refused == "" {
		t.known[id] = true
		if slug := lastPart(o.text("url")); slug != "" {
			t.bySlug[slug] = id
		}
	}
	return t.out.emit(in)
}

func lastPart(address string) string { return address[strings.LastIndexByte(address, '/')+1:] }

func (r *record) setShow(o object) {
	r.set("title", tidy(o.text("name")))
	r.set("description", plainText(o.text("summary")))
	r.set("imdb_id", o.object("externals")["imdb"])
	r.set("release_year", yearOf(o.text("premiered")))
	r.set("ended_year", yearOf(o.text("ended")))
	r.setRating(o.object("rating")["average"])
	for _, g := range o.texts("genres") {
		r.referGenre(g)
	}
	if kind := o.text("type"); kind != "" && kind != "Scripted" {
		r.referGenre(kind)
	}
	if name := o.text("language"); name != "" {
		r.setLanguageByName(name)
	}
	for _, broadcaster := range []string{"network", "webChannel"} {
		if code := o.object(broadcaster).object("country").text("code"); code != "" {
			r.setCountries([]string{code})
			break
		}
	}
	r.setImages("poster", o.object("image"), 210, 295)
	r.setLinks(o.text("url"), o.text("officialSite"))
}

func (r *record) setLanguageByName(name string) {
	if code := languagesByName[name]; code != "" {
		r.set("languages", []string{code})
		return
	}
	r.note("dropped a language whose code is not known")
}

// setImages sets the images of TVmaze: a medium one of a fixed size, and the
// original, whose size is not said.
func (r *record) setImages(use string, image object, width, height int) {
	var sizes storage.Members
	if address := image.text("medium"); address != "" {
		sizes = append(sizes, storage.Member{Name: "medium", Value: storage.Members{{Name: "width", Value: jsonInt(width)},
			{Name: "height", Value: jsonInt(height)}, {Name: "url", Value: address}}})
	}
	if address := image.text("original"); address != "" {
		sizes = append(sizes, storage.Member{Name: "original", Value: storage.Members{{Name: "url", Value: address}}})
	}
	if len(sizes) > 0 {
		r.set("images", storage.Members{{Name: use, Value: sizes}})
	}
}

func (r *record) setLinks(tvmaze, homepage string) {
	var links storage.Members
	if tvmaze != "" {
		links = append(links, storage.Member{Name: "tvmaze", Value: tvmaze})
	}
	if homepage = strings.TrimSpace(homepage); homepage != "" {
		links = append(links, storage.Member{Name: "homepage", Value: homepage})
	}
	if len(links) > 0 {
		r.set("web_links", links)
	}
}
