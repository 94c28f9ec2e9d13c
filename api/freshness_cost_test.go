package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"marquee/api"
	"marquee/cache/plan"
	"marquee/storage"
)

// wordyTail is a log of films with long descriptions. It counts the visited changes.
type wordyTail struct {
	api.Tail // what is not asked for
	changes  []storage.Change
	visited  int
}

func newWordyTail(changes int) *wordyTail {
	l := new(wordyTail)
	text := strings.Repeat("a ferry crosses ", 116) // 1,856 characters, as long as descriptions get
	for i := range changes {
		id := strconv.Itoa(i + 1)
		film := func(title string) *storage.Document {
			return &storage.Document{Noun: storage.Movie, ID: id, Fields: map[string]any{"title": title + id, "description": text, "release_year": int64(1950)}}
		}
		l.changes = append(l.changes, storage.Change{
			Version: int64(i + 1), Noun: storage.Movie, Operation: storage.Update, IDs: []string{id}, Before: film("Boat "), After: film("Ferry "),
		})
	}
	return l
}

func (l *wordyTail) Version() int64 { return int64(len(l.changes)) }
func (*wordyTail) Required() int64  { return 0 }

func (l *wordyTail) Between(from, to int64, visit func(*storage.Change) bool) bool {
	for i := from; i < to; i++ {
		l.visited++
		if !visit(&l.changes[i]) {
			break
		}
	}
	return true
}

// The check of a search by an expression stays within its budget, however many changes
// there are. Changes that conditions or a literal decide cost no budget.
func TestChecksHaveABudget(t *testing.T) {
	t.Parallel()
	_, m := seeded(t)
	origin := api.New(api.Config{Catalogue: m, Logger: quiet()})
	for name, test := range map[string]struct {
		kind, text, also string
		untouched        bool
		atMost           int
	}{
		"no literal":                     {kind: "regex", text: `(.{1,50}){1,4}[0-9]{9}`, atMost: 10},
		"a literal that is not there":    {kind: "regex", text: `(.{1,50}){1,4}zqxj`, untouched: true, atMost: 1200},
		"a condition that does not hold": {kind: "regex", text: `(.{1,50}){1,4}[0-9]{9}`, also: "&year=1999", untouched: true, atMost: 1200},
		"a whole value":                  {kind: "exact", text: "ferry", atMost: 300},
		"a cheap expression":             {kind: "regex", text: "^Lantern", untouched: true, atMost: 1200},
	} {
		l := newWordyTail(1200)
		f := api.NewFreshness(l, nil)
		target := "/2.0/movies?sort=title&q_type=" + test.kind + "&q=" + url.QueryEscape(test.text) + test.also
		subject := origin.Plan(httptest.NewRequest(http.MethodGet, target, nil)).Subject
		for range 2 { // each check has its own
			l.visited = 0
			_, ok := f.Check(subject, plan.Committed, 0, "")
			if ok != test.untouched || l.visited > test.atMost || ok && l.visited != len(l.changes) {
				t.Errorf("%s: untouched %v after %d changes of %d", name, ok, l.visited, len(l.changes))
			}
		}
	}
}
