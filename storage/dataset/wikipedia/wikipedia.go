// Package wikipedia reads Wikipedia's lists of American films: JSON lists of {title, year,
// cast, genres, href, extract, thumbnail, thumbnail_width, thumbnail_height}.
//
//   - The key is year/title/href. Rows that repeat a film in other words are refused
//     (repeats.go).
//   - The extract becomes the description and the thumbnail the poster, unless the
//     article is about another subject (article.go).
//   - Names are tidied and debris is dropped (cast.go).
//   - The country is US, although a few films are coproductions. The language is unset.
package wikipedia

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/dataset/record"
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
		w := &wikipedia{out: out, shared: sharedTexts{}, seen: repeats{}, keys: map[string]int{}}
		if err := w.each(files, w.survey); err != nil {
			return err
		}
		return w.each(files, w.take)
	}, nil
}

type wikipedia struct {
	out    *record.Output
	shared sharedTexts
	seen   repeats
	// keys counts the films of each key: two films of one title and year without an
	// article have the same key.
	keys map[string]int
}

func (w *wikipedia) each(files []*file.File, visit func(file.Item) error) error {
	for _, f := range files {
		if err := file.Each(f, file.NewArray, visit); err != nil {
			return err
		}
	}
	return nil
}

// survey finds the texts that several films share, in a pass of its own.
func (w *wikipedia) survey(it file.Item) error {
	if err := w.out.Context.Err(); err != nil {
		return err
	}
	if o, fault := record.ParseObject(it); fault == "" {
		w.shared.add(o.Text("extract"), plainTitle(o.Text("title")))
	}
	return nil
}

// take emits the film of a row.
func (w *wikipedia) take(it file.Item) error {
	o, fault := record.ParseObject(it)
	if fault != "" {
		return w.out.Refuse(it.Position, storage.Movie, "", fault)
	}
	title, href := plainTitle(o.Text("title")), decodeHref(o.Text("href"))
	year, _ := o.Value("year").(json.Number)
	r := record.New(it.Position, storage.Movie, year.String()+"/"+title+"/"+href)
	r.From(o)
	r.NoteIf(title != o.Text("title"), "removed marks from a title")
	r.Set("title", title)
	r.Set("release_year", o.Value("year"))
	r.SetCountries("US")
	setCast(r, o)
	for _, g := range o.Texts("genres") {
		r.ReferGenre(g)
	}
	setArticle(r, o, href, w.shared.about(o, title, r.Refs["starring"]))
	row := listed{place: r.In.Place(), key: r.In.Key, digest: digestOf(string(it.Data)), year: year, href: href, cast: r.Refs["starring"]}
	in := r.Finish()
	if in.Refused != "" {
		return w.out.Emit(in)
	}
	if w.keys[in.Key] > 0 {
		row.key = fmt.Sprintf("%s#%d", in.Key, w.keys[in.Key]+1)
	}
	switch earlier := w.seen.add(title, row); {
	case earlier == nil:
		w.keys[in.Key]++
		in.Key = row.key
	case earlier.digest == row.digest:
		in.Key = earlier.key // the import finds that nothing changed
	default:
		return w.out.Refuse(it.Position, storage.Movie, in.Key, "is repeated: "+earlier.place+" has the film")
	}
	return w.out.Emit(in)
}

// plainTitle returns a title without footnote marks, style sheets and the words in
// brackets that distinguish articles of one title.
func plainTitle(title string) string {
	if strings.Contains(title, ".mw-parser-output") {
		title = styleSheet.ReplaceAllString(title, "")
		title = hiddenPlus.ReplaceAllString(title, "$1 $2")
	}
	if strings.ContainsAny(title, "[(") {
		title = disambiguation.ReplaceAllString(footnote.ReplaceAllString(title, ""), "")
	}
	return record.Tidy(title)
}

var (
	styleSheet     = regexp.MustCompile(`\.mw-parser-output[^{}]*\{[^{}]*\}(?:[.,][^{}]*\{[^{}]*\})*`)
	hiddenPlus     = regexp.MustCompile(`(\d)\+(\d+⁄)`)
	footnote       = regexp.MustCompile(`\[(?:[0-9]{1,3}|[a-z]{1,2}|note [0-9]+)\]`)
	disambiguation = regexp.MustCompile(` \((?:[0-9]{4} )?(?:film|serial)\)$`)
)

// decodeHref returns the name of the article from the path of a link.
func decodeHref(href string) string {
	if name, err := url.PathUnescape(href); err == nil {
		return name
	}
	return href
}

// articleURL returns the address of an article; href may name a section after "#".
func articleURL(href string) string {
	name, section, _ := strings.Cut(href, "#")
	u := url.URL{Scheme: "https", Host: "en.wikipedia.org", Path: "/wiki/" + name, Fragment: section}
	return u.String()
}
