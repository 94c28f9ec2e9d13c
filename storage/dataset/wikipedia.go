package dataset

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"marquee/storage"
)

// Wikipedia lists of American films: JSON lists of {title, year, cast, genres,
// href, extract, thumbnail, thumbnail_width, thumbnail_height}.
//
//   - The key is year/title/href; see repeats for rows that name one film twice.
//   - The extract becomes the description and the thumbnail the poster, unless
//     the article is about something else (article.go).
//   - Names are tidied and debris dropped (cast.go).
//   - The lists are of American films, so the country is US; a few coproductions
//     are thereby said to be American alone. The language is not known.
func prepareWikipedia(files []*file) (func(*output) error, error) {
	for _, f := range files {
		f.passes = 2
		if it, err := firstItem(f, newArray); err != nil {
			return nil, err
		} else if it.fault != "" {
			return nil, fmt.Errorf("%s %s", f.name, it.fault)
		}
	}
	return func(out *output) error {
		w := &wikipedia{out: out, shared: sharedTexts{}, seen: repeats{}, keys: map[string]int{}}
		if err := w.each(files, w.survey); err != nil {
			return err
		}
		return w.each(files, w.take)
	}, nil
}

type wikipedia struct {
	out    *output
	shared sharedTexts
	seen   repeats
	// keys counts the films of each key: without an article, two of one title
	// and year have the same.
	keys map[string]int
}

func (w *wikipedia) each(files []*file, visit func(*file, item) error) error {
	for _, f := range files {
		if err := eachItem(f, newArray, func(it item) error { return visit(f, it) }); err != nil {
			return err
		}
	}
	return nil
}

// survey finds the texts that several films share, which takes a pass of its own.
func (w *wikipedia) survey(_ *file, it item) error {
	if err := w.out.ctx.Err(); err != nil {
		return err
	}
	if o, fault := parseObject(it); fault == "" {
		w.shared.add(o.text("extract"), plainTitle(o.text("title")))
	}
	return nil
}

func (w *wikipedia) take(f *file, it item) error {
	o, fault := parseObject(it)
	if fault != "" {
		return w.out.refuse(f, it.line, storage.Movie, fault)
	}
	year, _ := o["year"].(json.Number)
	title := plainTitle(o.text("title"))
	href := decodeHref(o.text("href"))
	r := newRecord(f, it.line, storage.Movie, year.String()+"/"+title+"/"+href)
	r.noteIf(title != o.text("title"), "took marks out of a title")
	r.set("title", title)
	r.set("release_year", o["year"])
	r.set("countries", []string{"US"})
	r.setCast(o)
	for _, g := range o.texts("genres") {
		r.referGenre(g)
	}
	r.setArticle(o, href, w.shared.about(o, title, r.refs["starring"]))

	row := listed{place: r.in.Place(), year: year, href: href, cast: r.refs["starring"]}
	if earlier, again := w.seen.add(title, row); again {
		return w.out.refuse(f, it.line, storage.Movie, "is repeated: "+earlier+" has the film")
	}
	if w.keys[r.in.Key]++; w.keys[r.in.Key] > 1 {
		r.in.Key = fmt.Sprintf("%s#%d", r.in.Key, w.keys[r.in.Key])
	}
	return w.out.emit(r.finish())
}

// plainTitle is a title without footnote marks, style sheets that were taken
// for text, and the words that tell articles of one title apart.
func plainTitle(title string) string {
	if strings.Contains(title, ".mw-parser-output") {
		title = styleSheet.ReplaceAllString(title, "")
		title = hiddenPlus.ReplaceAllString(title, "$1 $2")
	}
	if strings.ContainsAny(title, "[(") {
		title = disambiguation.ReplaceAllString(footnote.ReplaceAllString(title, ""), "")
	}
	return tidy(title)
}

var (
	styleSheet     = regexp.MustCompile(`\.mw-parser-output[^{}]*\{[^{}]*\}(?:[.,][^{}]*\{[^{}]*\})*`)
	hiddenPlus     = regexp.MustCompile(`(\d)\+(\d+⁄)`)
	footnote       = regexp.MustCompile(`\[(?:[0-9]{1,3}|[a-z]{1,2}|note [0-9]+)\]`)
	disambiguation = regexp.MustCompile(` \((?:[0-9]{4} )?(?:film|serial)\)$`)
)

// decodeHref turns the path of a link into the article's name.
func decodeHref(href string) string {
	if name, err := url.PathUnescape(href); err == nil {
		return name
	}
	return href
}

// articleURL is the address of an article, which may name a section after "#".
func articleURL(href string) string {
	name, section, _ := strings.Cut(href, "#")
	u := url.URL{Scheme: "https", Host: "en.wikipedia.org", Path: "/wiki/" + name, Fragment: section}
	return u.String()
}
