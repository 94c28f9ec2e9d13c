package touch

import "strings"

// rows has room for the distances to the beginnings of a usual word.
type rows [3][32]int

// distances are, for each beginning of b (the empty one first), how many
// letters have to be changed, added, left out or swapped with their neighbour to
// make a of it. The buffer saves allocations.
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

// tails tell how much of an ending the ends of a word are.
type tails struct {
	// edits are, for each place, how many make a row of endings of what stands from
	// there on; swapped are the same with the letter before in the place of the one
	// there.
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

// tail is how many edits make a row of endings of the letters, when it is known
// for each place behind the first.
func tail(letters []rune, behind []int, endings [][]rune) int {
	best := behind[1] + 1 // a letter too many
	var buffer rows
	for _, e := range endings {
		some := letters[:min(len(letters), len(e)+maxEdits)]
		for n, edits := range distances(e, some, &buffer) {
			if n > 0 {
				best = min(best, edits+behind[n])
			}
		}
	}
	return best
}

// What Porter2 cuts off, one step's at a time, at most seven letters. Short
// endings go where a vowel is left. All may be cut off in a row, as ion-al-ity,
// where two syllables are left.
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

// syllables counts where a consonant follows a vowel. A y behind a vowel is a
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
