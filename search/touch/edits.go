package touch

import "strings"

// rows is a buffer for the distances to the prefixes of a word of usual length.
type rows [3][32]int

// distances returns for each prefix of b, the empty one first, how many letters have to
// be changed, added, left out or swapped with their neighbour to make it a. The buffer
// saves allocations.
func distances(a, b []rune, buffer *rows) []int {
	table := [3][]int{buffer[0][:], buffer[1][:], buffer[2][:]}
	if len(b) >= len(buffer[0]) {
		table = [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	}
	for j := range len(b) + 1 {
		table[0][j] = j
	}
	for i := range a {
		next, last, before := table[(i+1)%3], table[i%3], table[(i+2)%3]
		next[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(next[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
	}
	return table[len(a)%3][:len(b)+1]
}

// tails are the costs, in edits, of taking the ends of a word for endings.
type tails struct {
	// edits has for each index the number of edits that turn the letters from there on
	// into a row of endings. swapped is the same after the letter at the index has been
	// replaced by the one before it.
	edits, swapped []int
}

func newTails(word []rune, endings [][]rune) tails {
	t := tails{edits: make([]int, len(word)+1), swapped: make([]int, len(word)+1)}
	for i := len(word) - 1; i >= 0; i-- {
		t.edits[i] = tail(word[i:], t.edits[i:], endings)
		if i > 0 {
			t.swapped[i] = tail(append([]rune{word[i-1]}, word[i+1:]...), t.edits[i:], endings)
		}
	}
	return t
}

// tail returns the number of edits that turn the letters into a row of endings. later
// has these numbers for the letters from each later index on.
func tail(letters []rune, later []int, endings [][]rune) int {
	best := later[1] + 1 // a letter too many
	var buffer rows
	for _, e := range endings {
		some := letters[:min(len(letters), len(e)+maxEdits)]
		for n, edits := range distances(e, some, &buffer) {
			if n > 0 {
				best = min(best, edits+later[n])
			}
		}
	}
	return best
}

// The endings that Porter2 cuts off, one in each step, of at most seven letters. It cuts
// short endings off if a vowel remains. It may cut off all of them in a row, as in
// ion-al-ity, if two syllables remain.
var (
	shortEndings = endings(`s es ed e y ly li ing ings ied ies ful fully ness ity ism al er or edly ingly bed bing ded ding fed fing ged ging
		med ming ned ning ped ping red ring ted ting`)
	allEndings = append(endings(`ion ial ic at ate ativ iz ize iv ive ous ant ance ancy ence ency anc enc cy ent ment ement
		abl able ably abil ibl ible ibly ibil il iti eer l`), shortEndings...)
)

func endings(list string) [][]rune {
	var out [][]rune
	for e := range strings.FieldsSeq(list) {
		out = append(out, []rune(e))
	}
	return out
}

// syllables counts the consonants that follow a vowel. A y after a vowel is a
// consonant.
func syllables(word []rune) int {
	n, before := 0, false
	for _, r := range word {
		now := isVowel(r) && (r != 'y' || !before)
		if before && !now {
			n++
		}
		before = now
	}
	return n
}

func isVowel(r rune) bool { return strings.ContainsRune("aeiouy", r) }
