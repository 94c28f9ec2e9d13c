// Package spelling finds the valid name nearest to a misspelt one.
package spelling

import "strings"

// Nearest returns the candidate nearest to name, "" when none is near. A candidate is near
// within two edits, within one for a name of 3 or 4 characters, and only when equal for a
// shorter one. A swap of two neighbours is one edit. Case and separators are ignored, so
// "releaseYear" finds "release_year". Of equally near candidates, the first that begins
// with the name, or with which the name begins, is the nearest: sports for sport. Codes
// of languages and countries are not compared by letters, see nearestCode.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", 3
	switch n := len([]rune(name)); {
	case n < 3: // UK is one edit away from a dozen codes
		bestDistance = 1
	case n < 5:
		bestDistance = 2
	}
	if len(name) > maxNearest {
		return ""
	}
	if areCodes(candidates) {
		return nearestCode(name, candidates)
	}
	plain, bestExtends := plainName(name), false
	for _, c := range candidates {
		if len(c) > maxNearest {
			continue
		}
		other := plainName(c)
		d, extends := Distance(plain, other), strings.HasPrefix(other, plain) || strings.HasPrefix(plain, other)
		if d < bestDistance || d == bestDistance && best != "" && extends && !bestExtends {
			best, bestDistance, bestExtends = c, d, extends
		}
	}
	return best
}

// maxNearest bounds in bytes the names that Nearest compares, because its cost is quadratic.
const maxNearest = 64

// separators is created once, because the creation costs more than the use.
var separators = strings.NewReplacer("_", "", "-", "", " ", "")

func plainName(s string) string { return separators.Replace(strings.ToLower(s)) }

// Distance returns the number of letters to change, insert, remove or swap with their
// neighbour to make a from b (optimal string alignment distance).
func Distance(a, b string) int { return DistanceOfRunes([]rune(a), []rune(b)) }

// DistanceOfRunes is Distance of words that are cut into runes already. It does not
// allocate if b has at most maxNearest runes.
func DistanceOfRunes(a, b []rune) int {
	var short [3][maxNearest + 1]int
	before, last, row := short[0][:], short[1][:], short[2][:]
	if len(b) > maxNearest {
		before, last, row = make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	}
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i, ca := range a {
		row[0] = i + 1
		for j, cb := range b {
			cost := 1
			if ca == cb {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && ca == b[j-1] && a[i-1] == cb {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
