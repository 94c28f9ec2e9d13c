package text_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/search/text"
	"marquee/storage"
)

func list(items ...string) []string { return items }

func TestCompatibilityCharacters(t *testing.T) {
	t.Parallel()
	checkFound(t, []foundTest{
		{"Pokémon™ the First Movie", list("pokemon", "POKÉMON", `"pokemon the first"`), list("pokemontm", "tm")},
		{"Frisbee® Summer©2001℠", list("frisbee summer 2001", "summer"), list("frisbeer", "summerc2001", "sm")},
		{"8½", list("8", "8 1/2", `"8 1/2"`), list("81", "82")},
		{"Cube²", list("cube", "cube 2"), list("cube2d")},
		{"Alien³", list("alien", "alien 3", "alien iii"), list("alien 33")},
		{"Rocky Ⅳ", list("rocky iv", "rocky 4"), nil},
		{"ＢＬＵＥ　ﬁlm", list("blue film"), nil},
		{"H₂O: Just Add Water", list("h2o just add water"), nil},
		{"№ 5 ㍿", list("no 5", "5", "株式"), nil},
		{"Straße ẞ İstanbul", list("strasse", "istanbul"), nil},
		{"Ŧørđ ħæð œłþı", list("tord", "haed", "oelthi"), nil},
		{"Dinner at 8.30, 1.5 Times", list("1.5", "1 5", "8.30"), list("15", "830")},
		{"9 to 5", list("9", "5"), list("95")},
		{"٣ أيام", list("3", "٣"), nil},
	})
}

func TestAcronymsAndMarks(t *testing.T) {
	t.Parallel()
	checkFound(t, []foundTest{
		{"S.W.A.T.", list("swat", "s.w.a.t", "S.W.A.T."), list("s w a")},
		{"E.T. the Extra-Terrestrial", list("et", "e.t.", "extraterrestrial", "extra terrestrial"), nil},
		{"L.A.’s Finest", list("las finest", "l.a.'s finest"), nil},
		{"M*A*S*H", list("mash", "m*a*s*h", "M.A.S.H."), nil},
		{"WALL·E", list("wall-e", "walle", "wall e"), nil},
		{"El paral·lel", list("parallel", "paral.lel paral·lel"), nil},
		{"Tom & Viv", list("tom and viv", "tom & viv", "tom viv"), nil},
		{"Dr.Strangelove:Again", list("dr strangelove", "again"), list("drstrangeloveagain")},
		{"a_b 1\u202f000", list("a b", "1000"), list("b1")},
		{"snake_case", list("snake", "case"), nil},
		{"Spider-Man", list("spiderman", "spider man", "spider-man"), nil},
		{"The ’80s and the 90's", list("80s", "80's", "90s", "'90s"), nil},
		{"💣 Boom", list("💣", "boom"), nil},
		{"I ❤️ Paris 👍🏽", list("❤", "❤️ paris", "👍"), list("💣")},
		{"Allez 🇫🇷", list("🇫🇷"), list("🇮🇹")},
		{"!", nil, list("?")}, {"$", nil, list("$$")}, {"???", nil, list("!")},
		{"It", list("it"), nil}, {"The Who", list("the who", "who"), nil}, {"V", list("v"), nil}, {"Up", list("up!"), nil},
	})
}

func TestApostrophes(t *testing.T) {
	t.Parallel()
	checkFound(t, []foundTest{
		{"L'Homme de Rio", list("homme", "l'homme", "l’homme de rio", "lhomme", `"homme de rio"`, `"l'homme de rio"`), nil},
		{"Qu’est-ce que c’est", list("quest", "c'est", "est", "cest"), nil},
		{"Dell'arte all'italiana", list("arte", "italiana", "dellarte"), nil},
		{"L'hora d'en Quim", list("hora quim"), nil},
		{"Sinéad O'Connor", list("oconnor", "o'connor", "connor", `"sinead o'connor"`, "sinéad o’connor"), nil},
		{"D`Artagnan", list("dartagnan", "d'artagnan", "artagnan"), nil},
		{"Hawaiʻi Nuʼu", list("hawaii", "hawai'i", "nuu"), nil},
		{"Don't Look Now", list("dont look", "don´t look"), list("t look", "don")},
		{"All's Well, We'll See, I'm In", list("alls well", "all's", "well see", "im"), nil},
		{"Schindler's List", list("schindlers list", "schindler list", "schindler’s"), nil},
		{"Rock'n'Roll", list("rocknroll", "rock'n'roll"), nil},
		{"C'mon", list("cmon", "c'mon"), nil},
	})
}

func TestArabicAndHebrew(t *testing.T) {
	t.Parallel()
	checkFound(t, []foundTest{
		{"باب الحديد", list("حديد", "الحديد", "باب", `"باب حديد"`), list("اب")},
		{"كتـــاب", list("كتاب"), nil},
		{"والرجال للنساء", list("رجال", "نساء", "الرجال"), nil},
		{"إلى أحمد آخر", list("الى احمد اخر", "الي احمد"), nil},
		{"قصة مصطفى", list("قصه مصطفي"), nil},
		{"مُحَمَّد", list("محمد"), nil},
		{"کتاب فارسی", list("كتاب فارسي"), nil},
		{"שָׁלוֹם צה\"ל", list("שלום", "צהל", `צה"ל`, "צה״ל"), nil},
	})
}

func TestScriptsWithoutSpaces(t *testing.T) {
	t.Parallel()
	checkFound(t, []foundTest{
		{"千と千尋の神隠し", list("千と千尋", "神隠し", "千尋", "神", `"千尋の神"`), list("千神", "尋千", "神千")},
		{"機動戦士ガンダム", list("ガンダム", "ｶﾞﾝﾀﾞﾑ", "ガン", "機動戦士 ガンダム"), list("カンタム", "ダムガン")},
		{"スター・ウォーズ", list("スターウォーズ", "ウォーズ"), nil},
		{"기생충", list("기생", "생충", "충", "기생 충"), list("충기")},
		{"살인의 추억", list("살인의추억", "추억"), nil},
		{"ฉลาดเกมส์โกง", list("เกมส์", "ฉลาด"), list("โกงเกมส์")},
		{"ພາສາລາວ", list("ລາວ"), nil}, {"ភាសាខ្មែរ", list("ខ្មែរ"), nil}, {"မြန်မာစာ", list("မြန်မာ"), nil},
		{"20世紀少年 Part 1", list("少年", "20世紀", "世紀 part 1"), nil},
		{"방탄BTS", list("bts", "방탄"), nil},
		{"शोले की कहानी", list("शोले", "कहानी"), list("शाल", "शोल")},
	})
}

// cutText draws texts of many scripts and marks.
func cutText() *rapid.Generator[string] {
	return rapid.StringOf(rapid.OneOf(
		rapid.SampledFrom([]rune("abcxyzlodnsIVX '’-.,:&*·\"\"#½²³™ß012789ÄöÜåøéΣς千と神ガム・기생ฉลส์الكتابـوшй💣❤️🇫🇷ﷺ\u200d\u0301\u00ad_ªº")),
		rapid.Rune(),
	))
}

// A title is found by itself, and so is each of its words.
func TestTitlesAreFoundByThemselves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		title := cutText().Draw(t, "title")
		terms := text.Terms(film(title))
		if strings.TrimSpace(title) != "" && !finds(title, terms) {
			t.Errorf("%+q is not found by itself: %+q", title, terms)
		}
		for _, w := range terms.Words {
			if !finds(w, terms) {
				t.Errorf("%+q is not found by its word %+q: %+q", title, w, terms)
			}
		}
	})
}

// Descriptions are found by any part of them between spaces.
func TestDescriptionsAreFoundByTheirParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := cutText().Draw(t, "description")
		d := film("T")
		d.Fields["description"] = value
		terms := text.Terms(d)
		for part := range strings.FieldsSeq(value) {
			if q := text.Parse(part); len(q.Groups) > 0 && !finds(part, terms) {
				t.Errorf("%+q is not found by its part %+q: %+q", value, part, terms)
			}
		}
	})
}

func TestHyphensOfDescriptions(t *testing.T) {
	t.Parallel()
	d := film("T")
	d.Fields["description"] = "A sci-fi tale of X-Men - heroes."
	for query, want := range map[string]bool{"sci fi": true, "scifi": true, "xmen": true, "menheroes": false, "ofx": false} {
		if got := finds(query, text.Terms(d)); got != want {
			t.Errorf("found by %q: got %v, want %v", query, got, want)
		}
	}
}

// A document has bounded terms, whatever its texts are.
func TestTermsAreBounded(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]string{
		"words": "lorem ", "long words": strings.Repeat("ü", 300) + " ", "one word": "a", "Han": "神", "Hangul": "기", "marks": "ส์์์์์์", "spaces": "  ", "accents": "a\u0301\u0301",
		"emoji": "💣", "ligatures": "ﷺ", "numbers": "1,000 ", "initials": "a.b.c.", "apostrophes": "l'o'x", "distinct": "", "hyphens": "-",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			long := strings.Repeat(part, 1<<20/max(1, len(part)))
			if part == "" || part == "-" {
				long = distinctWords(1<<20, part+" "[len(part):])
			}
			d := film(long)
			d.Fields["description"] = long
			for i := 0; i < len(long); i += max(40, len(long)/5000) {
				d.Names = map[string][]string{storage.Person.Plural: append(d.Names[storage.Person.Plural], strings.ToValidUTF8(long[i:min(len(long), i+300)], ""))}
			}
			checkBounds(t, text.Terms(d))
		})
	}
}

// distinctWords returns words that differ, with letters that have other spellings.
func distinctWords(size int, between string) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteString(strconv.Itoa(i))
		b.WriteString("xüßöø'\U00010400\U00010401\U00010402\U00010403üüüüüüüüüüüüüüüüüüüüüüüüü" + between)
	}
	return b.String()
}

func checkBounds(t *testing.T, terms *storage.Terms) {
	t.Helper()
	places, size := 0, 0
	for _, n := range terms.Names {
		places += len(n) + 2
	}
	if len(terms.Label) > 500 || places > 2802 || len(terms.Text) > 10_000 {
		t.Errorf("%d, %d and %d places", len(terms.Label), places, len(terms.Text))
	}
	for _, list := range append(terms.Names, terms.Label, terms.LabelForms, terms.NameForms) {
		for _, s := range list {
			size += 2 * (len(s) + 2)
		}
	}
	for s := range terms.All() {
		if len(s) > 256 || strings.ContainsAny(s, " \n") || s == "" {
			t.Fatalf("the term %q of %d bytes", s, len(s))
		}
	}
	for _, s := range terms.Distinct() {
		size += len(s) + 4
	}
	if size += 2 * (len(terms.Label) + places + len(terms.Text)); size > 1_000_000 {
		t.Errorf("%d bytes", size)
	}
}
