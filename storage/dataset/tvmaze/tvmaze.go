// Package tvmaze reads TVmaze's lists of shows and of episodes, as its API returns them.
// An item with a season is an episode. All shows are read before the episodes, in
// whatever file they are. The keys are TVmaze's ids; the key of a season is
// show/number.
//
//   - A show that is in no file is made from the address of its first episode:
//     …/episodes/4952/game-of-thrones-1x01-winter-is-coming. Its key is the id in the
//     episode's link, or "game-of-thrones" where there is no link.
//   - A type other than Scripted becomes a genre too, because the other sources have
//     Animation and Documentary among their genres.
//   - TVmaze's rating becomes the rating, the only one in the lists.
//   - A special is refused: it has no number within its season.
package tvmaze

import (
	"cmp"
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/dataset/record"
	"marquee/storage/incoming"
)

// Prepare checks that the files are JSON lists and returns the function that reads them.
func Prepare(files []*file.File) (func(*record.Output) error, error) {
	for _, f := range files {
		f.Passes = 2
		if it, err := file.First(f, file.NewArray); err != nil {
			return nil, err
		} else if it.Fault != "" {
			return nil, fmt.Errorf("%s %s", f.Name, it.Fault)
		}
	}
	return func(out *record.Output) error {
		t := &tvmaze{out: out, known: map[string]bool{}, bySlug: map[string]string{}, seasons: map[string]bool{}}
		if err := t.each(files, t.takeShow); err != nil {
			return err
		}
		return t.each(files, t.takeEpisode)
	}, nil
}

type tvmaze struct {
	out *record.Output
	// known are the keys of the shows emitted; bySlug has the keys of those with an
	// address, by the last part of it.
	known  map[string]bool
	bySlug map[string]string
	// seasons are the keys of the seasons emitted.
	seasons map[string]bool
}

func (t *tvmaze) each(files []*file.File, visit func(incoming.Position, record.Object, string) error) error {
	for _, f := range files {
		err := file.Each(f, file.NewArray, func(it file.Item) error {
			o, fault := record.ParseObject(it)
			if err := t.out.Context.Err(); err != nil {
				return err
			}
			return visit(it.Position, o, fault)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// takeShow emits a show. It refuses an item that is neither a show nor an episode.
func (t *tvmaze) takeShow(at incoming.Position, o record.Object, fault string) error {
	id := o.ID()
	switch {
	case fault != "":
		return t.out.Refuse(at, storage.Serie, "", fault)
	case o.Value("season") != nil:
		return nil
	case id == "":
		return t.out.Refuse(at, storage.Serie, "", "id is not a TVmaze id")
	}
	r := record.New(at, storage.Serie, id)
	setShow(r, o)
	in := r.Finish()
	if in.Refused == "" {
		t.known[id] = true
		if slug := lastPart(o.Text("url")); slug != "" {
			t.bySlug[slug] = id
		}
	}
	return t.out.Emit(in)
}

func lastPart(address string) string { return address[strings.LastIndexByte(address, '/')+1:] }

func setShow(r *record.Record, o record.Object) {
	r.From(o)
	r.Set("title", record.Tidy(o.Text("name")))
	r.Set("description", record.PlainText(o.Text("summary")))
	r.Set("imdb_id", o.Object("externals").Value("imdb"))
	r.SetDate("release_year", "", "premiered", o.Text("premiered"))
	r.SetDate("ended_year", "", "ended", o.Text("ended"))
	r.SetRating(o.Object("rating").Number("average"))
	for _, g := range o.Texts("genres") {
		r.ReferGenre(g)
	}
	if kind := o.Text("type"); kind != "" && kind != "Scripted" {
		r.ReferGenre(kind)
	}
	r.SetLanguages(o.Text("language"))
	country := o.Object("network").Object("country").Text("code")
	r.SetCountries(cmp.Or(country, o.Object("webChannel").Object("country").Text("code")))
	setImages(r, "poster", o.Object("image"), 210, 295)
	if address := o.Text("url"); address != "" {
		r.Put(address, "web_links", "tvmaze")
	}
	if homepage := strings.TrimSpace(o.Text("officialSite")); homepage != "" {
		r.Put(homepage, "web_links", "homepage")
	}
}

// setImages sets the two images of TVmaze: a medium one of a fixed size, and the
// original, whose size is not given.
func setImages(r *record.Record, use string, image record.Object, width, height int) {
	if address := image.Text("medium"); address != "" {
		r.Put(storage.Members{{Name: "width", Value: record.JSONInt(width)}, {Name: "height", Value: record.JSONInt(height)},
			{Name: "url", Value: address}}, "images", use, "medium")
	}
	if address := image.Text("original"); address != "" {
		r.Put(storage.Members{{Name: "url", Value: address}}, "images", use, "original")
	}
}
