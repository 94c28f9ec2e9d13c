package judgment_test

import (
	"regexp"
	"slices"

	"marquee/storage"
)

// asked is a query as people write it, with the expected result: certain titles first,
// or ten films of a kind.
type asked struct {
	query string
	top   []string
	kind  func(d *storage.Document) bool
}

func top(query string, titles ...string) asked { return asked{query: query, top: titles} }

func kind(query string, all ...func(d *storage.Document) bool) asked {
	return asked{query: query, kind: func(d *storage.Document) bool {
		return !slices.ContainsFunc(all, func(is func(*storage.Document) bool) bool { return !is(d) })
	}}
}

func with(name string) func(*storage.Document) bool {
	return func(d *storage.Document) bool { return slices.Contains(d.Names["persons"], name) }
}

func of(genre string) func(*storage.Document) bool {
	return func(d *storage.Document) bool {
		list, _ := d.Fields["genres"].([]any)
		return slices.Contains(list, any(genre))
	}
}

func saying(expression string) func(*storage.Document) bool {
	re := regexp.MustCompile("(?i)" + expression)
	return func(d *storage.Document) bool { return slices.ContainsFunc(d.SearchedValues(), re.MatchString) }
}

func from(first, last int64) func(*storage.Document) bool {
	return func(d *storage.Document) bool {
		year, _ := d.Fields["release_year"].(int64)
		return first <= year && year <= last
	}
}

var askedByPeople = []asked{
	// Numerals.
	top("rocky 1", "Rocky"), top("godfather 2", "The Godfather: Part II"), top("godfather part 3", "The Godfather: Part III"),
	top("star trek 4", "Star Trek IV: The Voyage Home"), top("terminator II", "Terminator 2: Judgment Day"), top("die hard ii", "Die Hard 2"),
	top("hellboy 2", "Hellboy II: The Golden Army"), top("saw 5", "Saw V"), top("apollo thirteen", "Apollo 13"),
	top("oceans 11", "Ocean's Eleven"), top("mission impossible 3", "Mission: Impossible III"), top("toy story three", "Toy Story 3"),
	// Compounds and marks.
	top("spiderman", "Spider-Man", "Spider-Man 2", "Spider-Man 3"), top("spider man 2", "Spider-Man 2"), top("xmen first class", "X-Men: First Class"),
	top("wall-e", "WALL·E"), top("war games", "WarGames"), top("faceoff", "Face/Off"), top("et", "E.T. the Extra-Terrestrial"),
	top("kickass", "Kick-Ass", "Kick-Ass 2"), top("la confidential", "L.A. Confidential"), top("super man", "Superman"), top("ground hog day", "Groundhog Day"),
	top("star dust", "Stardust"), top("ghost busters", "Ghostbusters"), top("amelie", "Amélie"), top("schindlers list", "Schindler's List"),
	// Typos.
	top("termintor", "The Terminator"), top("jurrasic park", "Jurassic Park"), top("pulp ficton", "Pulp Fiction"), top("inceptoin", "Inception"),
	top("goodfelas", "GoodFellas"), top("hary poter azkaban", "Harry Potter and the Prisoner of Azkaban"), top("crouching tigre", "Crouching Tiger, Hidden Dragon"),
	top("spirited awey", "Spirited Away"), top("schwarzeneger predator", "Predator"), top("leonardo dicapro titanic", "Titanic"),
	// Words without a meaning of their own.
	top("the movie gladiator", "Gladiator"), top("shining film", "The Shining"), top("amelie movie", "Amélie"), top("movie about the titanic", "Titanic"),
	top("the lego movie", "The Lego Movie"), top("lord of the rings movies", "The Lord of the Rings: The Fellowship of the Ring", "The Lord of the Rings: The Return of the King", "The Lord of the Rings: The Two Towers"),
	// Short titles and stop words.
	top("up", "Up"), top("her", "Her"), top("W.", "W."), top("pi", "Pi"), top("9", "9"), top("elf", "Elf"),
	// Half-remembered.
	top("pirates caribbean black pearl", "Pirates of the Caribbean: The Curse of the Black Pearl"), top("indiana jones last crusade", "Indiana Jones and the Last Crusade"),
	top("joker batman heath ledger", "The Dark Knight"), top("leonardo dicaprio dreams", "Inception"), top("crusoe island volleyball tom hanks", "Cast Away"),
	top("boy sees dead people psychologist", "The Sixth Sense"), top("clown fish father searching son", "Finding Nemo"),
	top("blue aliens pandora", "Avatar"), top("rat cooking paris", "Ratatouille"), top("casino royale james bond", "Casino Royale"),
	// Persons.
	kind("tom hanks", with("Tom Hanks")), kind("movies with meryl streep", with("Meryl Streep")), kind("films by christopher nolan", with("Christopher Nolan")),
	kind("quentin tarantino", with("Quentin Tarantino")), kind("spielberg", with("Steven Spielberg")), kind("directed by ridley scott", with("Ridley Scott")),
	kind("schwarzenegger", with("Arnold Schwarzenegger")), kind("nicolas cage nic", with("Nicolas Cage")), kind("deniro", with("Robert De Niro")),
	kind("scarlet johansen", with("Scarlett Johansson")), kind("jackie chan movies", with("Jackie Chan")),
	kind("brad pitt george clooney", with("Brad Pitt"), with("George Clooney")), kind("penelope cruz", with("Penélope Cruz")),
	// Genres and times.
	kind("western", of("western")), kind("horror movies", of("horror")), kind("romantic comedy", of("romance"), of("comedy")),
	kind("sci-fi", of("science-fiction")), kind("animated films", of("animation")), kind("documentaries", of("documentary")),
	kind("tom hanks comedy", with("Tom Hanks"), of("comedy")), kind("clint eastwood western", with("Clint Eastwood"), of("western")),
	kind("80s horror", of("horror"), from(1980, 1989)), kind("musicals", of("music")), kind("war films 1998", of("war"), from(1998, 1998)),
	// Topics.
	kind("zombies", saying("zombie|undead|walking dead|resident evil")), kind("zombie comedy", saying("zombie|undead"), of("comedy")),
	kind("vampire movies", saying("vampire|dracula")), kind("heist film", saying("heist|robbery|thie(f|ves)|steal")), kind("submarine", saying("submarine")),
	kind("time travel", saying("time.?travel|back in time|through time|time machine|the future")), kind("world war II", saying("world war (ii|2|two)|wwii|second world war"), saying(".")),
	kind("serial killer thriller", saying("serial killer"), of("thriller")), kind("dinosaurs", saying("dinosaur|jurassic")), kind("space aliens", saying("alien|space")),
	kind("christmas family movies", saying("christmas|santa"), of("family")), kind("basketball", saying("basketball|hoops")), kind("high school comedy", saying("high school|school"), of("comedy")),
}

// score returns the NDCG@10 of the expected titles, or the share of films of the kind
// among the first ten.
func (a *asked) score(got []string, films map[string]*storage.Document) float64 {
	if a.kind == nil {
		grades := map[string]int{}
		for _, d := range films {
			if slices.Contains(a.top, d.Label()) {
				grades[d.ID] = 1
			}
		}
		return ndcg(got, grades)
	}
	there, found := 0, 0
	for _, d := range films {
		if a.kind(d) {
			there++
		}
	}
	for _, id := range got {
		if a.kind(films[id]) {
			found++
		}
	}
	return min(1, float64(found)/float64(max(1, min(10, there))))
}
