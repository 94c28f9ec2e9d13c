package text

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"marquee/storage"
)

// form changes with every change of the terms of a document. The versions of the Unicode
// tables are part of it.
const form = "3-" + unicode.Version + "-" + norm.Version

// Analysis is the analysis of this package; see storage.Analysis.
type Analysis struct{}

var _ storage.Analysis = Analysis{}

// Form identifies the analysis.
func (Analysis) Form() string { return form }

// Terms returns the terms of a document.
func (Analysis) Terms(d *storage.Document) *storage.Terms { return Terms(d) }

// Terms returns the terms of a document of a searched noun.
func Terms(d *storage.Document) *storage.Terms {
	label := words(d.Label())
	t := &storage.Terms{Label: stems(label), LabelForms: slices.Concat(joined(label), numbers(label)), Kinds: kinds(d), Flags: flags(d.Label())}
	all := slices.Clone(label)
	for _, name := range d.Names[storage.Person.Plural] {
		w := words(name)
		t.Names = append(t.Names, stems(w))
		t.NameForms = append(t.NameForms, joined(w)...)
		all = append(all, w...)
	}
	for _, f := range d.Noun.Searched {
		if value, _ := d.Fields[f].(string); f != d.Noun.Label {
			w := words(value)
			t.Text = append(t.Text, stems(w)...)
			all = append(all, w...)
		}
	}
	slices.Sort(all)
	t.Words = slices.Compact(all)
	return t
}

func stems(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = Stem(w)
	}
	return out
}

// joined returns the stems of neighbours written as one word: spiderman for "Spider-Man".
func joined(words []string) []string {
	var out []string
	for i := 1; i < len(words); i++ {
		if !(IsNumber(words[i-1]) && IsNumber(words[i])) {
			out = append(out, Stem(words[i-1]+words[i]))
		}
	}
	return out
}

// numbers returns the terms of the numbers in a label.
func numbers(words []string) []string {
	var out []string
	for i, w := range words {
		if n := digits(w, i > 0); n != "" {
			out = append(out, numberMark+n)
		}
	}
	return out
}

// The marks of terms that are not stems.
const (
	numberMark = "n:" // a number in a label
	genreMark  = "g:" // a word of a genre's name
	yearMark   = "y:" // a year or a decade
)

// kinds returns the terms of the genres and of the release year of a document.
func kinds(d *storage.Document) []string {
	var out []string
	ids, _ := d.Fields["genres"].([]any)
	names := slices.Clone(d.Names[storage.Genre.Plural])
	for _, id := range ids {
		id, _ := id.(string)
		names = append(names, id)
	}
	for _, name := range names {
		for _, w := range words(name) {
			out = append(out, genreMark+Stem(w))
		}
	}
	if year, ok := d.Fields["release_year"].(int64); ok {
		out = append(out, yearMark+strconv.FormatInt(year, 10), yearMark+strconv.FormatInt(year/10*10, 10)+"s")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// flags returns the flags of a label.
func flags(label string) []string {
	out := []string{flag(wholeFlag, whole(label)), flag(sameFlag, same(label)), flag(looseFlag, loose(words(label)))}
	if h := head(label); h != "" {
		out = append(out, flag(headFlag, h))
	}
	return slices.DeleteFunc(out, func(f string) bool { return strings.HasSuffix(f, "!") })
}
