package api_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"marquee/api"
	"marquee/cache/plan"
)

// watched are the repeated reads: objects that exist and some that do not, and lists of
// every noun with all kinds of conditions.
var watched = []string{
	"/2.0/movies", "/2.0/movies/1", "/2.0/movies/2", "/2.0/movies/5", "/2.0/movies?genres=drama", "/2.0/movies?genres=action,drama&sort=-year&limit=1",
	"/2.0/movies?year=..1990", "/2.0/movies?rating_from=8.4", "/2.0/movies?recommended=true", "/2.0/movies?persons=1", "/2.0/movies?ids=1,4,5",
	"/2.0/movies?limit=1", "/2.0/movies?sort=title&limit=1", "/2.0/movies?q=heat&q_type=exact", "/2.0/movies?q=^A&q_type=regex", "/2.0/movies?fields=title&offset=2", "/2.0/genres", "/2.0/genres/western",
	"/2.0/genres/drama", "/2.0/persons", "/2.0/series/1", "/2.0/series/1/seasons", "/2.0/series/2/seasons", "/2.0/series/1/seasons/1", "/2.0/seasons",
	"/2.0/seasons/1", "/2.0/series/1/seasons/1/episodes", "/2.0/episodes/1",
}

// pages are more repeated reads, which other objects than their subject may touch.
var pages = []string{"/2.0/collections/heist-night/movies", "/2.0/collections/heist-night/movies?offset=1&limit=1", "/2.0/collections/none/movies",
	"/2.0/movies?expand=genres,starring", "/2.0/movies/1?expand=starring&fields=title", "/2.0/collections/heist-night/movies?expand=genres,starring,directors"}

// drawWrite sends a random write, which may be refused.
func drawWrite(t *rapid.T, c *client) *answer {
	id := rapid.IntRange(1, 5).Draw(t, "id")
	film := fmt.Sprintf(`{"movie":{"title":%q,"release_year":%d,"genres":[%s],"recommended":%v}}`, rapid.SampledFrom([]string{"Heat", "Alien", "Ants"}).Draw(t, "title"),
		rapid.IntRange(1985, 1995).Draw(t, "year"), rapid.SampledFrom([]string{"", `"drama"`, `"action"`}).Draw(t, "genres"), rapid.Bool().Draw(t, "recommended"))
	switch rapid.IntRange(0, 11).Draw(t, "write") {
	case 10, 11: // most lists are kept
		return c.write("PUT", fmt.Sprintf("/2.0/movies/%d", id), fmt.Sprintf(`{"movie":{"description":"It is %d."}}`, rapid.IntRange(1, 9).Draw(t, "description")))
	case 0:
		return c.write("POST", "/2.0/movies", film)
	case 1, 2:
		return c.write("PUT", fmt.Sprintf("/2.0/movies/%d", id), film)
	case 3:
		return c.write("DELETE", fmt.Sprintf("/2.0/movies/%d", id), "")
	case 4:
		return c.write("POST", "/2.0/genres", `{"genre":{"name":"Western"}}`)
	case 5:
		return c.write("PUT", "/2.0/persons/1", fmt.Sprintf(`{"person":{"name":"Ann %d","images":{"icon":{"64":{"url":"https://img.example/%d"}}}}}`, id, id))
	case 6:
		return c.write("POST", "/2.0/series/1/seasons", fmt.Sprintf(`{"season":{"number":%d}}`, id))
	case 8:
		return c.write("PUT", "/2.0/collections/heist-night", fmt.Sprintf(`{"collection":{"query":%q,"pins":[%s],"hidden":["%d"]}}`,
			rapid.SampledFrom([]string{"", "year=..1990&sort=title", "genres=drama,western", "recommended=true"}).Draw(t, "query"),
			rapid.SampledFrom([]string{"", `"1"`, `"2","5","1"`}).Draw(t, "pins"), id))
	case 9:
		return c.write("DELETE", "/2.0/genres/drama", "")
	}
	return c.write("POST", "/2.0/series", `{"serie":{"title":"Heat"}}`)
}

// bare returns the answers of an API without a cache to the watched reads, then the pages.
func bare(c *client) []string {
	out := make([]string, len(watched)+len(pages))
	for i, target := range slices.Concat(watched, pages) {
		out[i] = c.answerTo(target)
	}
	return out
}

// keysOf returns the surrogate keys of the answers to the watched reads.
func keysOf(c *client) []string {
	out := make([]string, len(watched))
	for i, target := range watched {
		out[i] = c.get(target).header.Get("Surrogate-Key")
	}
	return out
}

// Every answer of the cache equals the origin's at some version that is neither before
// the known version of the process nor before its own last write. That holds when the
// log is read late, and when changes are unknown because the floor was raised.
func TestCachedAnswersAreTheOriginsAnswers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c, tail := cached(t)
		origin := &client{t: t, handler: newAPI(t, tail.memory), token: editorToken}
		answers := map[int64][]string{}
		note := func() int64 {
			answers[tail.version] = bare(origin)
			return tail.version
		}
		least, now := note(), tail.version
		for range rapid.IntRange(5, 15).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0, 1: // another process
				drawWrite(rt, origin)
				now = note()
			case 2: // this one
				drawWrite(rt, origin)
				now = note()
				tail.require(now)
				least = now
			case 3:
				tail.follow(0)
				least = now
			case 4:
				tail.follow(now)
				least = now
			default:
				i := rapid.IntRange(0, len(watched)+len(pages)-1).Draw(rt, "target")
				target := slices.Concat(watched, pages)[i]
				got, versions := c.answerTo(target), []string{}
				for v := least; v <= now; v++ {
					if a := answers[v]; a != nil {
						versions = append(versions, a[i])
					}
				}
				if !slices.Contains(versions, got) {
					rt.Fatalf("%s is answered\n%s\nbetween %d and %d it is\n%v", target, got, least, now, versions)
				}
			}
		}
	})
}

// verdict returns the result of Check for an answer at a version.
type verdict struct {
	source plan.Source
	asOf   int64
	upTo   int64
	ok     bool
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	_, m := seeded(t) // more than ten writes
	var indexed int64
	tail := &memoryTail{memory: m, floor: 2}
	f := api.NewFreshness(tail, func() int64 { return indexed })
	origin := api.New(api.Config{Catalogue: m, Logger: quiet()})
	subject := func(target string) any { return origin.Plan(httptest.NewRequest(http.MethodGet, target, nil)).Subject }
	film, films, genres := subject("/2.0/movies/1"), subject("/2.0/movies?genres=action"), subject("/2.0/genres") // written at 5; 5; 1 to 3
	all, byTitle := subject("/2.0/movies"), subject("/2.0/movies?sort=title")
	c := &client{t: t, handler: newAPI(t, m), token: editorToken}
	c.write("PUT", "/2.0/movies/2", `{"movie":{"title":"Aliens"}}`).want(http.StatusOK)
	last := m.version
	for name, c := range map[string]struct {
		subject           any
		indexed, required int64
		known             int64 // 10 where it is 0
		keys              string
		verdict
	}{
		"nothing since":                      {subject: film, verdict: verdict{asOf: 10, upTo: 10, ok: true}},
		"newer than what is known":           {subject: film, verdict: verdict{asOf: 12, upTo: 12, ok: true}},
		"untouched since":                    {subject: film, verdict: verdict{asOf: 5, upTo: 10, ok: true}},
		"touched":                            {subject: film, verdict: verdict{asOf: 4, upTo: 10}},
		"a list":                             {subject: films, verdict: verdict{asOf: 5, upTo: 10, ok: true}},
		"a list touched":                     {subject: films, verdict: verdict{asOf: 4, upTo: 10}},
		"another noun":                       {subject: genres, verdict: verdict{asOf: 3, upTo: 10, ok: true}},
		"below the floor":                    {subject: genres, verdict: verdict{asOf: 1, upTo: 10}},
		"an own write that is not known":     {subject: film, required: 11, verdict: verdict{asOf: 10, upTo: 10}},
		"read after the own write":           {subject: film, required: 11, verdict: verdict{asOf: 11, upTo: 11, ok: true}},
		"indexed, untouched":                 {subject: films, indexed: 8, verdict: verdict{source: plan.Indexed, asOf: 6, upTo: 10, ok: true}},
		"indexed, not touched yet":           {subject: films, indexed: 4, verdict: verdict{source: plan.Indexed, asOf: 3, upTo: 4, ok: true}},
		"indexed, touched":                   {subject: films, indexed: 5, verdict: verdict{source: plan.Indexed, asOf: 4, upTo: 5}},
		"indexed, ahead of the log":          {subject: films, indexed: 12, verdict: verdict{source: plan.Indexed, asOf: 6, upTo: 10, ok: true}},
		"indexed, the own write touches":     {subject: films, indexed: 4, required: 5, verdict: verdict{source: plan.Indexed, asOf: 4, upTo: 4}},
		"indexed, the own write is another":  {subject: films, indexed: 6, required: 9, verdict: verdict{source: plan.Indexed, asOf: 6, upTo: 10, ok: true}},
		"indexed, the own write is unknown":  {subject: films, indexed: 6, required: 11, verdict: verdict{source: plan.Indexed, asOf: 6, upTo: 6}},
		"the index is not known":             {subject: films, verdict: verdict{source: plan.Indexed, asOf: 6, upTo: 10, ok: true}},
		"the index is not known, touched":    {subject: films, verdict: verdict{source: plan.Indexed, asOf: 4, upTo: 4}},
		"a subject that is nobody's":         {verdict: verdict{asOf: 10, upTo: 10}},
		"a list that does not show it":       {subject: all, keys: "movies movie-1 movie-22", known: last, verdict: verdict{asOf: last - 1, upTo: last, ok: true}},
		"a list without keys of objects":     {subject: all, keys: "movies persons", known: last, verdict: verdict{asOf: last - 1, upTo: last}},
		"a list that shows it":               {subject: all, keys: "movies movie-2", known: last, verdict: verdict{asOf: last - 1, upTo: last}},
		"a list in another order":            {subject: byTitle, keys: "movies movie-1", known: last, verdict: verdict{asOf: last - 1, upTo: last}},
		"what did not exist, and still does": {subject: subject("/2.0/movies/99"), verdict: verdict{asOf: 4, upTo: 10, ok: true}},
	} {
		indexed, tail.required, tail.known = c.indexed, c.required, cmp.Or(c.known, 10)
		if upTo, ok := f.Check(c.subject, c.source, c.asOf, c.keys); ok != c.ok || ok && upTo != c.upTo {
			t.Errorf("%s: up to %d, %v; want %d, %v", name, upTo, ok, c.upTo, c.ok)
		}
	}
}

// Everything that may change a result of Check changes the stamp.
func TestStampChanges(t *testing.T) {
	t.Parallel()
	_, m := seeded(t)
	var indexed int64
	tail := &memoryTail{memory: m}
	f := api.NewFreshness(tail, func() int64 { return indexed })
	last := f.Stamp()
	for _, change := range []func(){
		func() { tail.follow(0) },
		func() { tail.follow(4) },
		func() { tail.require(11) },
		func() { indexed = 7 },
	} {
		change()
		if now := f.Stamp(); now <= last {
			t.Errorf("got stamp %d after %d, want a larger one", now, last)
		} else {
			last = now
		}
	}
}

// If Check reports an answer of the index as untouched, the list is the same from the
// version of the answer to the reported version, and up to the process's own write.
func TestVerdictsAboutTheIndex(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		_, m := seeded(t)
		origin := api.New(api.Config{Catalogue: m, Logger: quiet()})
		c := &client{t: t, handler: origin, token: editorToken}
		answers, keys := map[int64][]string{m.version: bare(c)}, map[int64][]string{m.version: keysOf(c)}
		first := m.version
		for range rapid.IntRange(1, 4).Draw(rt, "writes") {
			drawWrite(rt, c)
			answers[m.version], keys[m.version] = bare(c), keysOf(c)
		}
		version := func(name string) int64 { return int64(rapid.IntRange(int(first), int(m.version)).Draw(rt, name)) }
		tail, indexed := &memoryTail{memory: m, known: version("known"), required: version("required")}, version("indexed")
		f := api.NewFreshness(tail, func() int64 { return indexed })
		for i, target := range watched {
			read, asOf := origin.Plan(httptest.NewRequest(http.MethodGet, target, nil)), version("as of")
			upTo, ok := f.Check(read.Subject, plan.Indexed, asOf, keys[asOf][i])
			for v := asOf; ok && v <= max(upTo, tail.required); v++ {
				if answers[v][i] != answers[asOf][i] {
					rt.Fatalf("Check reports %s of version %d untouched up to %d (required %d), but at %d it is\n%s, not\n%s", target, asOf, upTo, tail.required, v, answers[v][i], answers[asOf][i])
				}
			}
		}
	})
}
