package postgres_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
)

func expression(pattern string) *storage.Query {
	return &storage.Query{Noun: storage.Movie, Limit: 10, Order: storage.Order{Sort: &storage.Movie.Sorts[0]},
		Text: &storage.TextQuery{Kind: storage.Regex, Query: pattern, Accepts: mustParse(pattern).MatchString}}
}

// An expression that would read too much is refused, with the way to repair it. With
// filters that leave less text it is answered.
func TestExpensiveRegexIsRefused(t *testing.T) {
	t.Parallel()
	e, _ := openAt(t, devstack.Films(t))
	for _, pattern := range []string{`(.{1,50}){1,4}\x01`, `[a\pL]{200}\x01`} {
		start := time.Now()
		_, err := e.List(await.Context(t), expression(pattern))
		fault, ok := errors.AsType[*storage.Error](err)
		if !ok || fault.Code != storage.Invalid || len(fault.Faults) != 1 || fault.Faults[0].Parameter != "q" || !strings.Contains(fault.Faults[0].Reason, "literal") {
			t.Errorf("%s: %v", pattern, err)
		}
		t.Logf("%s was refused after %v", pattern, time.Since(start).Round(time.Millisecond))
	}
	q := expression(`(.{1,50}){1,4}\x01`)
	q.IDs = []string{"1", "2", "3"}
	if page, err := e.List(await.Context(t), q); err != nil || page.Total != 0 {
		t.Errorf("three films: got %v, want an answer", err)
	}
}

// An expression with a literal reads little, and finds the same films as reading all.
func TestRegexOnFilms(t *testing.T) {
	t.Parallel()
	e, s := openAt(t, devstack.Films(t))
	all := everything(t, s, storage.Movie)
	for _, pattern := range []string{`star.*wars`, `(?i)zombie`, `^The .* of`, `(?i)\bgod(father|mother)\b`, `100%`, `\(19[0-9]{2} film\)`} {
		q := expression(pattern)
		want := 0
		for _, d := range all {
			if q.Matches(d) {
				want++
			}
		}
		start := time.Now()
		page, err := e.List(await.Context(t), q)
		if err != nil || page.Total != want {
			t.Errorf("%s: got %v, total %d, want %d", pattern, err, page.Total, want)
		}
		t.Logf("%s: %d films in %v", pattern, want, time.Since(start).Round(time.Millisecond))
	}
}
