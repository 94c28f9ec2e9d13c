package tmdb

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"marquee/storage"
	"marquee/storage/dataset/literal"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
	"marquee/storage/strictjson"
)

// cell returns the content of a column, "" when the table lacks it or the cell is unset.
func cell(row table.Row, column string) string {
	if !row.Table.Has(column) {
		return ""
	}
	s := strings.TrimSpace(row.Cell(column))
	if slices.Contains(unset, s) {
		return ""
	}
	return s
}

// unset are the contents of cells that pandas writes for nothing.
var unset = []string{"nan", "NaN", "None", "null", `\N`}

// objects returns the items of a cell that is a list. An item that is a text is an object
// with that name. Faults are added to faults.
func objects(row table.Row, column string, faults *[]string) []record.Object {
	source := cell(row, column)
	if source == "" {
		return nil
	}
	items, ok := listOf(source)
	if !ok {
		*faults = append(*faults, fmt.Sprintf("dropped %s: is not a list in a known form: %s", column, storage.Excerpt(source)))
		return nil
	}
	for i, item := range items {
		if name, ok := item.(string); ok {
			items[i] = storage.Members{{Name: "name", Value: name}}
		}
	}
	return record.Objects(column, items, faults)
}

// listOf reads a list in JSON, as a Python literal, or with separators.
func listOf(source string) (items []any, ok bool) {
	if !strings.ContainsAny(source[:1], `[({"'`) {
		return plainList(source)
	}
	if v, fault := strictjson.Parse([]byte(source)); fault == nil {
		items, ok = v.([]any)
		return items, ok
	}
	v, err := literal.Parse(source)
	if err == nil {
		items, ok = v.([]any)
	}
	return items, ok
}

// plainList cuts a list without brackets: at bars, else at commas. Hyphens are separators
// only where all items are TMDB's genres, because names have hyphens too.
func plainList(source string) (items []any, ok bool) {
	separator := ","
	if strings.Contains(source, "|") {
		separator = "|"
	}
	names := strings.Split(source, separator)
	if parts := strings.Split(source, "-"); !slices.ContainsFunc(parts, func(s string) bool { return !slices.Contains(genres, s) }) {
		names = parts
	}
	for _, name := range names {
		name = strings.TrimSpace(name)
		switch {
		case len(items) > 0 && slices.Contains(suffixes, name):
			items[len(items)-1] = items[len(items)-1].(string) + ", " + name
			continue
		case !isPlain(name):
			return nil, false
		}
		items = append(items, name)
	}
	return items, true
}

// genres are TMDB's genres of films.
var genres = []string{"Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "Foreign", "History",
	"Horror", "Music", "Mystery", "Romance", "Science Fiction", "TV Movie", "Thriller", "War", "Western"}

// suffixes follow a comma within a name.
var suffixes = []string{"Jr.", "Jr", "Sr.", "Sr", "II", "III"}

// isPlain reports whether an item of a plain list can be a name. The cells of a row that
// lost a comma have sentences, numbers and parts of other lists.
func isPlain(s string) bool {
	return utf8.RuneCountInString(s) <= 60 && len(strings.Fields(s)) <= 7 &&
		strings.ContainsFunc(s, unicode.IsLetter) && !strings.ContainsAny(s, "[]{}\"<>=\n\r?!") && !strings.Contains(s, "://")
}
