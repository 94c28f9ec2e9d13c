package text

import (
	"strconv"
	"strings"
)

// number is a number that words of a text make: "four hundred", 400, IV.
type number struct{ from, to, value int }

// maxDigits bounds numbers: above them are codes.
const maxDigits = 7

var (
	// units are the words of 1 to 20 and of the tens.
	units = func() map[string]int {
		m := map[string]int{}
		for i, w := range numberWords {
			m[w] = i + 1
		}
		for i, w := range strings.Fields("thirty forty fifty sixty seventy eighty ninety") {
			m[w] = 30 + 10*i
		}
		return m
	}()
	scales = map[string]int{"thousand": 1000, "million": 1_000_000}
	// numerals are Roman numerals of parts in titles, without I: mostly it is a pronoun.
	numerals = func() map[string]int {
		m := map[string]int{}
		for i, w := range strings.Fields("ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx") {
			m[w] = i + 2
		}
		return m
	}()
)

// numbers returns the numbers that words make, in order.
func numbers(words []word) []number {
	var out []number
	for i := 0; i < len(words); {
		n := numberAt(words, i)
		if n.to > i {
			out = append(out, n)
		}
		i = max(i+1, n.to)
	}
	return out
}

// numberAt returns the longest number from a word on. Its to is from if there is none.
func numberAt(words []word, from int) number {
	first := words[from].text
	if value := numerals[first]; value > 0 && (from > 0 || first != "v" && first != "x") {
		return number{from, from + 1, value}
	}
	total, part, scale := 0, 0, 10_000_000
	i := from
	if isNumber(first) && len(first) <= maxDigits && first[0] != '0' {
		part, _ = strconv.Atoi(first) // it has digits only
		if i++; i == len(words) || scales[words[i].text] == 0 || part >= 1000 {
			return number{from, i, part}
		}
	}
	for ; i < len(words); i++ {
		w := words[i].text
		if w == "and" && i > from && part%100 == 0 && i+1 < len(words) && units[words[i+1].text] > 0 {
			continue
		}
		if by := scales[w]; by > 0 && by < scale && (part > 0 || i == from) {
			total, part, scale = total+max(part, 1)*by, 0, by
			continue
		}
		next, ok := extend(part, w, total == 0)
		if !ok || w == "hundred" && part == 0 && i > from {
			break
		}
		part = next
	}
	return number{from, i, total + part}
}

// extend adds a word to a number below a thousand. The year 1984 may be "nineteen eighty
// four".
func extend(part int, w string, first bool) (int, bool) {
	n := units[w]
	switch {
	case w == "hundred" && part < 100:
		return max(part, 1) * 100, true
	case n == 0:
	case part%100 == 0, n < 10 && part%10 == 0 && part%100 >= 20:
		return part + n, true
	case first && n >= 10 && part >= 13 && part <= 20:
		return part*100 + n, true
	}
	return part, false
}

// labelForms returns the terms of eachLabelForm.
func labelForms(words []word) []string { return collect(words, eachLabelForm) }

// eachLabelForm visits the terms of the numbers of a label, and the words that it writes
// with digits for letters.
func eachLabelForm(words []word, visit visitor) {
	for _, n := range numbers(words) {
		visit(numberMark+strconv.Itoa(n.value), spot{n.from, 0}, spot{n.to - 1, 0})
	}
	for i := range words {
		here := spot{i, 0}
		for _, w := range lookalikes(words[i].text) {
			visit(Stem(w), here, here)
			if n := units[w]; n > 0 {
				visit(numberMark+strconv.Itoa(n), here, here)
			}
		}
	}
}

// LaterParts returns the terms of labels with a number from 2 to 9: mostly of later films
// of a series. See Part.
func LaterParts() []string {
	var out []string
	for n := 2; n <= 9; n++ {
		out = append(out, numberMark+strconv.Itoa(n))
	}
	return out
}
