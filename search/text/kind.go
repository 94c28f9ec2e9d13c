package text

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"marquee/storage"
)

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
		for _, term := range terms(cut(name, maxGroups)) {
			out = append(out, genreMark+term)
		}
	}
	if year, ok := d.Fields["release_year"].(int64); ok {
		out = append(out, yearMark+strconv.FormatInt(year, 10), yearMark+strconv.FormatInt(year/10*10, 10)+"s")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// kindWords are words of genres' names, in the forms that people search for. A query of
// nothing else wants films of the genre, not films with such a title.
var kindWords = asSet(`action adventure adventures animation biography comedy comedies crime documentary drama dramas
	fantasy horror mystery noir romance science fiction thriller thrillers western westerns`)

// genres adds the genres that words name to their groups. Where two words name genres
// together (sci-fi, rom com), each gets one. A word for two genres makes two groups,
// since both are needed.
func genres(groups []Group) []Group {
	var out []Group
	for i := 0; i < len(groups); i++ {
		g := groups[i]
		if i+1 < len(groups) && genreWords[g.Word] == "" {
			if both := genreWords[g.Word+groups[i+1].Word]; both != "" {
				next := groups[i+1]
				parts := strings.Fields(both)
				out = append(out, g.ofGenre(parts[0]), next.ofGenre(parts[len(parts)-1]))
				i++
				continue
			}
		}
		parts := strings.Fields(genreWords[g.Word])
		for _, part := range parts {
			out = append(out, g.ofGenre(part))
		}
		if len(parts) == 0 {
			g.genre = kindWords[g.Word]
			out = append(out, g)
		}
	}
	return out
}

// ofGenre returns the group with a genre, or with several that a bar separates.
func (g Group) ofGenre(names string) Group {
	g.Kinds = slices.Clone(g.Kinds)
	for name := range strings.SplitSeq(names, "|") {
		g.Kinds = append(g.Kinds, genreMark+Stem(name))
	}
	g.genre = true
	return g
}

var decade = regexp.MustCompile(`^(18|19|20)?([0-9]0)s$`)

// years returns the term of the release years that a word means: 1982, 80s, 1980s.
func years(word string) string {
	if word == "" || !isDigit(rune(word[0])) {
		return ""
	}
	if m := decade.FindStringSubmatch(word); m != nil {
		century := m[1]
		if century == "" {
			century = "19"
			if m[2] < "30" {
				century = "20"
			}
		}
		return yearMark + century + m[2] + "s"
	}
	if year, err := strconv.Atoi(word); err == nil && len(word) == 4 && year >= 1880 && year < 2100 {
		return yearMark + word
	}
	return ""
}
