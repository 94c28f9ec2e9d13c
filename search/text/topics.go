package text

import (
	"slices"
	"strings"
)

// topicMark begins the term of a topic. A document has it if its title or description
// has a word of the topic.
// Names do not count: Dane Cook is no chef.
const topicMark = "t:"

// topic is something that films are about.
type topic struct {
	mark string
	// names are words and phrases for it, in stems. A search for one wants them all.
	names [][]string
	// hints are words of texts about it, in stems. A search for a hint wants the hint.
	hints [][]string
}

// alike are topics with several names: words of one synset of WordNet 3.0
// (wordnet.princeton.edu), a country and its adjective, abbreviations, and phrases in
// common use for the same. After a colon are hints: words of texts about the topic.
const alike = `
	wwii, ww2, world war ii, world war two, second world war: nazi, hitler, gestapo, 1940, 1941, 1942, 1943, 1944, 1945
	wwi, ww1, world war i, world war one, first world war, great war: trench, 1914, 1915, 1916, 1917, 1918
	cold war: soviet, kgb, espionage
	nazi, third reich: hitler, gestapo
	holocaust, concentration camp: auschwitz, nazi
	christmas, xmas, christmastime, yuletide: santa
	september 11, 9 11, 11 september, twin towers, world trade center
	lawyer, attorney
	doctor, physician, medic: surgeon, hospital
	policeman, cop, police officer, policewoman: police
	journalist, reporter, newspaperman, columnist: newspaper, newsroom
	teacher, schoolteacher, instructor: classroom
	chef, cook: kitchen, culinary, cuisine, recipe
	hitman, hit man, hit men, assassin, contract killer, hired killer, professional killer, hired gun
	con man, con artist, con men, conman, grifter, swindler, trickster, scam artist: swindle, scam
	astronaut, cosmonaut, spaceman
	boxer, prizefighter, boxing: heavyweight, middleweight, prizefight
	writer, author, novelist
	psychiatrist, psychologist, therapist, shrink
	magician, illusionist, conjurer
	wizard, sorcerer, magician, warlock
	fireman, firefighter, fire fighter
	pilot, aviator, airman
	soldier, troops: army, military
	mercenary, soldier of fortune
	sniper, marksman, sharpshooter
	gangster, mobster, mafia, mob, cosa nostra: mafioso
	thief, robber, burglar
	heist, robbery, holdup: robber, vault, thieves
	spy, secret agent, spies: espionage, cia, kgb, mi6
	detective, sleuth, private eye, private investigator
	kidnap, abduct: ransom, hostage
	prison, jail, penitentiary, prisoner, convict, inmate
	murder, homicide, manslaughter
	revenge, vengeance, avenge
	submarine, sub, u boat
	spaceship, spacecraft, starship, space ship, space shuttle
	plane, airplane, aeroplane, aircraft, airliner, jet
	car, automobile
	train, railway, railroad
	motorcycle, motorbike, biker
	taxi, cab, cabbie
	zombie, undead, living dead, walking dead
	vampire: dracula, nosferatu
	werewolf, lycan, lycanthrope
	ghost, poltergeist
	alien, extraterrestrial
	robot, android, cyborg, automaton
	devil, satan, demon, lucifer
	monster, creature
	exorcism, exorcist, demonic possession
	witch, sorceress, witchcraft
	artificial intelligence, ai
	amnesia, amnesiac, memory loss, loss of memory, lost his memory, lost her memory, no memory
	post apocalyptic, postapocalyptic, post apocalypse: wasteland
	epidemic, pandemic, outbreak, plague: virus, infected
	cancer, leukemia, tumor
	asteroid, meteor, meteorite, comet
	earthquake, quake
	tornado, twister
	antarctica, antarctic, south pole
	arctic, north pole
	middle ages, medieval: crusade, knight, 12th, 13th, 14th
	teenager, teen, adolescent, teenage
	kid, child, children
	dad, father
	mom, mother, mum
	sibling, brother, sister
	dog, puppy, canine: terrier, retriever
	rat, mouse, rodent
	nerd, geek
	gay, homosexual: lesbian
	prostitute, hooker, call girl
	wedding, marriage: bride, groom, bridesmaid
	adultery, infidelity, extramarital affair: cheating
	college, university, campus: fraternity, sorority, dorm
	martial arts, kung fu, karate
	road trip, roadtrip, cross country
	shipwreck, castaway, marooned, stranded
	gold rush, prospector
	uprising, rebellion, revolt, revolution
	japan, japanese
	china, chinese
	korea, korean
	india, indian: mumbai, delhi, bombay, calcutta
	france, french
	germany, german
	italy, italian
	spain, spanish
	russia, russian: soviet
	ireland, irish
	scotland, scottish
	england, english, british, britain
	mexico, mexican
	cuba, cuban
	brazil, brazilian
	africa, african
	australia, australian: outback
	vietnam, vietnamese: viet cong
	iraq, iraqi: baghdad
	iran, iranian, persian
	israel, israeli
	greece, greek
	egypt, egyptian: pharaoh
	rome, roman
	new york, nyc: manhattan, brooklyn`

// hinted are topics that texts seldom name, with what they tell of instead. They were
// chosen by hand.
const hinted = `
	courtroom: trial, lawyer, attorney, judge, jury, juror, prosecutor, court
	trial: jury, courtroom
	newspaper: journalist, reporter, editor, newsroom
	school: teacher, student, classroom
	ballet: ballerina
	baseball: pitcher, inning
	football: quarterback, nfl, gridiron
	hockey: nhl, puck
	soccer: footballer
	golf: golfer, caddy
	surfing: surfer, wave
	wrestling: wrestler
	skateboarding: skater, skateboarder
	racing, race car: racer, nascar, racetrack, speedway
	gambling: casino, poker, gambler
	casino: gambler, gambling, poker
	hacker: hacking, hack, cyber
	slavery: slave, plantation
	racism: racist, segregation
	terrorism: terrorist, bomber, hijack
	politics: politician, senator, political, election
	wall street: stockbroker, broker
	drugs: heroin, cocaine, dealer
	cartel: cocaine, smuggling, trafficking
	haunted: ghost, poltergeist
	possession: possessed, exorcism, demon
	climbing, mountaineering: climber, mountaineer, everest
	superhero: superpowers
	magic: wizard, spell, sorcerer
	pirate: buccaneer
	samurai: ronin, shogun
	knight: medieval, crusade
	gladiator: roman, rome
	ancient rome, roman empire: roman, gladiator, caesar
	great depression: 1930s, 1930
	prohibition: bootlegger, bootlegging, 1920s
	wild west: cowboy, outlaw, gunslinger, sheriff
	victorian: 19th
	civil war: confederate
	apartheid: mandela
	dinosaur: jurassic
	space station: astronaut, orbit, spaceship
	dystopia, dystopian: futuristic, totalitarian
	rock band: guitarist, drummer, musician
	singer: singing
	alcoholic: drunk, alcoholism, drinking
	pregnancy: pregnant
	undercover: infiltrate
	hospital: doctor, nurse, patient
	summer camp: counselor, camper`

// topicsByStem has the topics by the first stem of their names and hints.
var topicsByStem = func() map[string][]*topic {
	m := map[string][]*topic{}
	for line := range strings.SplitSeq(alike+hinted, "\n") {
		names, hints, _ := strings.Cut(line, ":")
		t := &topic{names: stemLists(names), hints: stemLists(hints)}
		for _, list := range slices.Concat(t.names, t.hints) {
			if t.mark = topicMark + strings.Join(t.names[0], ""); !slices.Contains(m[list[0]], t) {
				m[list[0]] = append(m[list[0]], t)
			}
		}
	}
	return m
}()

// stemLists returns the stems of phrases that commas separate.
func stemLists(text string) [][]string {
	var out [][]string
	for phrase := range strings.SplitSeq(text, ",") {
		words := strings.Fields(phrase)
		for i, w := range words {
			words[i] = Stem(w)
		}
		if len(words) > 0 {
			out = append(out, words)
		}
	}
	return out
}

// startsWithAny returns the length of the longest of lists that terms begin with.
func startsWithAny(terms []string, lists [][]string) int {
	longest := 0
	for _, list := range lists {
		if n := len(list); n > longest && n <= len(terms) && slices.Equal(list, terms[:n]) {
			longest = n
		}
	}
	return longest
}

// topicForms returns the marks of the topics that terms tell of.
func topicForms(terms []string) []string {
	var out []string
	eachTopic(terms, func(mark string, _, _ int) { out = append(out, mark) })
	return out
}

// eachTopic visits the marks of the topics that terms tell of, with the first of the terms
// that do and their number.
func eachTopic(terms []string, visit func(mark string, first, length int)) {
	for i, term := range terms {
		for _, t := range topicsByStem[term] {
			if n := max(startsWithAny(terms[i:], t.names), startsWithAny(terms[i:], t.hints)); n > 0 {
				visit(t.mark, i, n)
			}
		}
	}
}

// withTopics adds the topics that runs of words name to their groups.
func withTopics(groups []Group) []Group {
	stems := make([]string, len(groups))
	for i := range groups {
		stems[i] = groups[i].Stem
	}
	for i := range groups {
		for _, t := range topicsByStem[stems[i]] {
			for j := range startsWithAny(stems[i:], t.names) {
				groups[i+j].Synonyms = append(groups[i+j].Synonyms, t.mark)
			}
		}
	}
	return groups
}
