// Package spelling finds what a misspelt name was probably meant to be.
package spelling

import "strings"

// Nearest returns the candidate that name was probably meant to be, "" when
// none is near: at most two edits away, one or none where the name is short. Two
// neighbours swapped are one edit. Case and separators are ignored, so that
// "releaseYear" finds "release_year".
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", 3
	switch n := len([]rune(name)); {
	case n < 3: // UK is one edit from a dozen codes
		bestDistance = 1
	case n < 5:
		bestDistance = 2
	}
	if len(name) > maxNearest {
		return ""
	}
	plain := plainName(name)
	for _, c := range candidates {
		if len(c) > maxNearest {
			continue
		}
		if d := Distance(plain, plainName(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// maxNearest bounds in bytes what Nearest compares: its cost is quadratic.
const maxNearest = 64

// separators is made once: making a replacer costs more than its use.
var separators = strings.NewReplacer("_", "", "-", "", " ", "")

func plainName(s string) string { return separators.Replace(strings.ToLower(s)) }

// Distance counts the letters that have to be changed, added, left out or swapped
// with their neighbour to make a from b (optimal string alignment).
func Distance(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	before, last, row := make([]int, len(rb)+1), make([]int, len(rb)+1), make([]int, len(rb)+1)
	for j := range last {
		last[j] = j
	}
	for i, ca := range ra {
		row[0] = i + 1
		for j, cb := range rb {
			cost := 1
			if ca == cb {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && ca == rb[j-1] && ra[i-1] == cb {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(rb)]
}
