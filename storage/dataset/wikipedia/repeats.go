package wikipedia

import (
	"encoding/json"
	"slices"

	"marquee/storage/textform"
)

// repeats holds the films read so far, by title. The lists overlap: a film may be under
// two letters, or under two years when its premiere was at the turn of a year. Films of
// one title are different when their articles or their casts are.
type repeats map[string][]listed

// listed is the part of a row that distinguishes films of one title.
type listed struct {
	place, key string
	// digest is of the whole row.
	digest digest
	year   json.Number
	href   string
	cast   []any
}

// add remembers a row, or returns an earlier one of the same film.
func (r repeats) add(title string, row listed) *listed {
	key := textform.Fold(title)
	for _, earlier := range r[key] {
		if earlier.sameFilm(row) {
			return &earlier
		}
	}
	r[key] = append(r[key], row)
	return nil
}

// maxApart is the largest difference in years between two rows of one film. Of the rows
// with one title and one article, those up to 2 years apart share their cast; those
// farther apart, all by 8 years or more, share nothing.
const maxApart = 2

// sameFilm reports whether two rows of one title are about one film.
func (l listed) sameFilm(other listed) bool {
	apart := yearsApart(l.year, other.year)
	if l.href != "" && other.href != "" {
		return l.href == other.href && apart <= maxApart
	}
	return apart == 0 && (len(l.cast) == 0 || len(other.cast) == 0 || slices.ContainsFunc(l.cast, func(v any) bool {
		return slices.Contains(other.cast, v)
	}))
}

func yearsApart(a, b json.Number) int64 {
	x, errX := a.Int64()
	y, errY := b.Int64()
	if errX != nil || errY != nil {
		if a == b {
			return 0
		}
		return maxApart + 1
	}
	return max(x-y, y-x)
}
