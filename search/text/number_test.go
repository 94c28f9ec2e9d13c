package text_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/search/text"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	checkFound(t, []foundTest{
		{"The 400 Blows", list("four hundred blows", "400 blows"), list("4 blows", "hundred blows", "four blows")},
		{"The Four Hundred Blows", list("400 blows", "hundred"), nil},
		{"20,000 Leagues Under the Sea", list("twenty thousand leagues", "20000 leagues", "20 thousand leagues", "20.000 leagues"), list("20 leagues", "twenty leagues")},
		{"21 Jump Street", list("twenty one jump street", "twenty-one jump street"), list("20 jump street", "twenty jump street")},
		{"Twenty-One", list("21", "twenty"), list("20 1")},
		{"One Hundred and One Dalmatians", list("101 dalmatians"), list("100 dalmatians")},
		{"101 Dalmatians", list("one hundred and one dalmatians", "hundred and one dalmatians"), nil},
		{"The Six Million Dollar Man", list("6000000 dollar man", "6 million dollar man"), nil},
		{"Nineteen Eighty-Four", list("1984"), nil}, {"1984", list("nineteen eighty four"), nil}, {"2012", list("twenty twelve"), nil},
		{"Two Thousand and One Nights", list("2001 nights"), nil},
		{"Fifty Fifty", list("50 50"), list("5050")},
		{"Rocky III", list("rocky 3", "rocky three"), list("rocky 2")},
		{"Friday the 13th Part XX", list("friday part 20"), nil},
		{"Ocean's Eleven", list("oceans 11", "oceans xi"), nil},
		{"V for Vendetta", list("v vendetta"), list("5 vendetta")},
		{"X", list("x"), list("10")},
		{"I, Robot", list("i robot"), list("1 robot")},
		{"Se7en", list("seven", "SE7EN"), list("se en")},
		{"Thir13en Ghosts", list("thirteen ghosts", "13 ghosts"), nil},
		{"Numb3rs", list("numbers"), nil}, {"S1m0ne", list("simone"), nil}, {"Fant4stic", list("fantastic"), nil},
		{"3D Sci 2nd 90s", list("3d"), list("ed", "end")},
		{"007", list("007"), list("7")},
	})
}

func TestNumbersAreOfLabelsOnly(t *testing.T) {
	t.Parallel()
	d := film("Kes")
	d.Fields["description"] = "A boy of 13 and ten birds."
	if finds("thirteen", text.Terms(d)) || finds("10 birds", text.Terms(d)) {
		t.Error("a description is found by a number in another form")
	}
}

func TestLooseFlags(t *testing.T) {
	t.Parallel()
	for query, title := range map[string]string{
		"godfather part 2": "The Godfather: Part II", "spiderman": "Spider-Man", "seven": "Se7en", "homme de rio": "L'Homme de Rio",
		"twentyone": "", "twenty one jump street": "21 Jump Street", "20000 leagues under the sea": "Twenty Thousand Leagues Under the Sea",
		"mueller": "Müller", "Mulan": "Mulan", "101 dalmatians": "One Hundred and One Dalmatians", "war games": "WarGames", "numbers": "Numb3rs",
		"l'avventura": "L’avventura", "avventura": "L’avventura", "wall-e": "WALL·E", "スターウォーズ": "スター・ウォーズ", "the the": "The The",
	} {
		found := false
		for _, f := range text.Terms(film(title)).Flags {
			found = found || f == text.Parse(query).Loose
		}
		if found != (title != "") {
			t.Errorf("%q is the whole title %q: %v", query, title, found)
		}
	}
}

func TestPart(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]int{
		"Rocky II": 2, "Kill Bill: Vol. 2": 2, "Toy Story Three": 3, "V": 0, "Saw V": 5, "I, Robot": 0, "Blade Runner 2049": 0, "Ocean's Eleven": 11, "21 Jump Street": 0, "": 0,
	} {
		if got := text.Part(title); got != want {
			t.Errorf("Part(%q): got %d, want %d", title, got, want)
		}
	}
}

// A number in words is found by its digits, and the other way round.
func TestNumbersInWordsAreFoundByDigits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9_999_999).Draw(t, "n")
		words, digits := "The "+inWords(n)+" Ships", "The "+grouped(n)+" Ships"
		if !finds(digits, text.Terms(film(words))) || !finds(words, text.Terms(film(digits))) {
			t.Errorf("%q and %q do not find each other", words, digits)
		}
	})
}

func inWords(n int) string {
	units := append([]string{""}, strings.Fields(`one two three four five six seven eight nine ten eleven twelve thirteen fourteen
		fifteen sixteen seventeen eighteen nineteen twenty`)...)
	tens := strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety")
	switch {
	case n <= 20:
		return units[n]
	case n < 100:
		return strings.TrimSpace(tens[n/10-2] + " " + units[n%10])
	case n < 1000:
		return strings.TrimSpace(units[n/100] + " hundred " + inWords(n%100))
	case n < 1_000_000:
		return strings.TrimSpace(inWords(n/1000) + " thousand " + inWords(n%1000))
	}
	return strings.TrimSpace(inWords(n/1_000_000) + " million " + inWords(n%1_000_000))
}

// grouped returns a number with commas.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

func TestTransliterations(t *testing.T) {
	t.Parallel()
	checkFound(t, []foundTest{
		{"Müller", list("mueller", "muller", "MÜLLER", "mu\u0308ller"), list("miller")},
		{"Mueller", list("müller"), nil},
		{"Ærø Østerås", list("aero", "oesteraas", "osteras", "østerås"), nil},
		{"Öffne", list("oeffne"), nil},
	})
}

func TestStems(t *testing.T) {
	t.Parallel()
	checkFound(t, []foundTest{
		{"The Knights", list("knight"), nil},
		{"Boxing in Training", list("boxing training"), list("box", "train")},
		{"Летят журавли", list("журавль летит журавлей", "журавль"), nil},
		{"Ёлки", list("елка", "Ёлка"), nil},
	})
}
