package movielens

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTitles(t *testing.T) {
	t.Parallel()
	const (
		front, first, none = "put the article of a title in front", "read the first of a range of years", "has no year"
		other              = "left out another title: "
	)
	for _, tt := range []struct{ in, title, year, repairs string }{
		{"Toy Story (1995)", "Toy Story", "1995", ""},
		{"Shawshank Redemption, The (1994)", "The Shawshank Redemption", "1994", front},
		{"Bug's Life, A (1998)", "A Bug's Life", "1998", front},
		{"American Werewolf in Paris, An (1997)", "An American Werewolf in Paris", "1997", front},
		{"Misérables, Les (1995)", "Les Misérables", "1995", front},
		{"Atalante, L' (1934)", "L'Atalante", "1934", front},
		{"Divo, Il (2008)", "Il Divo", "2008", front},
		{"Topo, El (1970)", "El Topo", "1970", front},
		{"Baader Meinhof Komplex, Der (2008)", "Der Baader Meinhof Komplex", "2008", front},
		{"Hip Hop Witch, Da (2000)", "Da Hip Hop Witch", "2000", front},
		{"Seven (a.k.a. Se7en) (1995)", "Seven", "1995", other + "a.k.a. Se7en"},
		{"City of Lost Children, The (Cité des enfants perdus, La) (1995)", "The City of Lost Children", "1995", other + "Cité des enfants perdus, La|" + front},
		{"Vitelloni, I (a.k.a. The Young and the Passionate) (1953)", "I Vitelloni", "1953", other + "a.k.a. The Young and the Passionate|" + front},
		{"Léon: The Professional (a.k.a. The Professional) (Léon) (1994)", "Léon: The Professional", "1994", other + "Léon|" + other + "a.k.a. The Professional"},
		{"Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il) (1966)", "The Good, the Bad and the Ugly", "1966", other + "Buono, il brutto, il cattivo, Il|" + front},
		{"Godzilla 1985: The Legend Is Reborn (Gojira) (Godzilla) (Return of Godzilla, The) (1984)", "Godzilla 1985: The Legend Is Reborn", "1984",
			other + "Return of Godzilla, The|" + other + "Godzilla|" + other + "Gojira"},
		{"Babylon 5", "Babylon 5", "", none},
		{"The OA", "The OA", "", none},
		{"Death Note: Desu nôto (2006–2007)", "Death Note: Desu nôto", "2006", first},
		{"Big Bang Theory, The (2007-)", "The Big Bang Theory", "2007", first + "|" + front},
		{"Fargo (2014 - )", "Fargo", "2014", first},
		{"96 Minutes (2011) ", "96 Minutes", "2011", ""},
		{"Blind Side, The  (2009)", "The Blind Side", "2009", front},
		{"Dark Portals: The Chronicles of Vidocq  (Vidocq) (2001)", "Dark Portals: The Chronicles of Vidocq", "2001", other + "Vidocq"},
		{"(500) Days of Summer (2009)", "(500) Days of Summer", "2009", ""},
		{"(Untitled) (2009)", "(Untitled)", "2009", ""},
		{"Frontière(s) (2007)", "Frontière(s)", "2007", ""},
		{"Evangelion: 3.0 You Can (Not) Redo (2012)", "Evangelion: 3.0 You Can (Not) Redo", "2012", ""},
		{"Birdman: Or (The Unexpected Virtue of Ignorance) (2014)", "Birdman: Or (The Unexpected Virtue of Ignorance)", "2014", ""},
		{"Hotel Chevalier (Part 1 of 'The Darjeeling Limited') (2007)", "Hotel Chevalier (Part 1 of 'The Darjeeling Limited')", "2007", ""},
		{"Nymphomaniac (Vol. II) (2013)", "Nymphomaniac (Vol. II)", "2013", ""},
		{"1984 (Nineteen Eighty-Four) (1984)", "1984", "1984", other + "Nineteen Eighty-Four"},
		{"2001: A Space Odyssey (1968)", "2001: A Space Odyssey", "1968", ""},
		{"Paris, Texas (1984)", "Paris, Texas", "1984", ""},
		{"I, Robot (2004)", "I, Robot", "2004", ""},
		{"Crazy, Stupid, Love. (2011)", "Crazy, Stupid, Love.", "2011", ""},
		{"Pa (Pb (Pc)) (2001)", "Pa", "2001", other + "Pb (Pc)"},
		{"A) (1999)", "A)", "1999", ""},
		{", The (1999)", ", The", "1999", ""},
		{"(1999)", "", "1999", ""},
		{" ", "", "", none},
	} {
		got := parseTitle(tt.in)
		if got.text != tt.title || got.year != tt.year || strings.Join(got.repairs, "|") != tt.repairs {
			t.Errorf("%q: got %q, %q, %q, want %q, %q, %q", tt.in, got.text, got.year, got.repairs, tt.title, tt.year, tt.repairs)
		}
	}
}

// Every title of words keeps them, whatever other titles and articles follow.
func TestTitlesKeepTheirWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Z][a-z]{2,8}( [A-Z][a-z]{2,8}){0,3}`).Draw(t, "name")
		article := rapid.SampledFrom([]string{"", "The", "Les", "L'", "Die"}).Draw(t, "article")
		others := rapid.SliceOfN(rapid.StringMatching(`[a-z.]{3,9}( \([a-z]{1,3}\))?`), 0, 3).Draw(t, "others")
		in, want := name, name
		if article != "" {
			in, want = name+", "+article, strings.Replace(article+" "+name, "' ", "'", 1)
		}
		for _, o := range others {
			in += " (" + o + ")"
		}
		got := parseTitle(in + " (1995)")
		if got.text != want || got.year != "1995" {
			t.Fatalf("%q: got %q, %q, want %q", in, got.text, got.year, want)
		}
	})
}
