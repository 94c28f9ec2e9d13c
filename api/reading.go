package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"marquee/api/querystring"
	"marquee/api/route"
	"marquee/cache/plan"
	"marquee/storage"
)

const (
	// tornReads bounds how often an answer is read until no write has come between its
	// parts.
	tornReads = 3
	// tornWait bounds the wait for the log to know what came between: it lags by
	// milliseconds.
	tornWait = 100 * time.Millisecond
)

// reading is the reads that make an answer. The first one is described as the answer itself,
// the others as its parts.
type reading struct {
	parts []part
	// gone says that one part names an object that another part did not find.
	gone bool
	// torn says that the parts may be of several states. The answer is then not stored.
	torn bool
}

// part is one of the reads that make an answer.
type part struct {
	plan.Part
	subject subject
}

// add adds a read.
func (r *reading) add(p plan.Part, s subject) { r.parts = append(r.parts, part{p, s}) }

// partOf returns the part that a page is, as the answer to a target.
func partOf(page *storage.Page, target string) plan.Part {
	return plan.Part{Target: target, Source: sourceOf(page), AsOf: page.AsOf}
}

// idsTarget returns the canonical target of the list of a noun's objects with ids.
func idsTarget(n *storage.Noun, ids []string) string {
	return querystring.Target(route.Base+"/"+n.Plural, []querystring.Pair{{Name: "ids", Value: strings.Join(ids, ",")}})
}

// newest returns the highest version of the parts.
func (r *reading) newest() int64 {
	newest := int64(0)
	for i := range r.parts {
		newest = max(newest, r.parts[i].AsOf)
	}
	return newest
}

// consistently calls read until all parts are of one state, a few times at most. read returns
// parts that show the version atLeast.
func (a *API) consistently(c *call, read func(atLeast int64) (*reading, error)) (*reading, error) {
	atLeast := c.atLeast
	for tries := 1; ; tries++ {
		r, err := read(atLeast)
		if err != nil {
			return nil, err
		}
		if r.torn = !a.untorn(c.ctx, r); !r.torn || tries == tornReads {
			return r, nil
		}
		atLeast = max(atLeast, r.newest())
	}
}

// untorn reports whether the parts are of one state: no change that came after one part was
// read, and before another one was, touches it.
func (a *API) untorn(ctx context.Context, r *reading) bool {
	log, newest := a.config.Freshness, r.newest()
	switch {
	case r.gone:
		return false
	case log == nil || !slices.ContainsFunc(r.parts, func(p part) bool { return p.AsOf < newest }):
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, tornWait)
	defer cancel()
	_ = a.config.Versions.Wait(ctx, newest) // a change that the log does not know counts as touching
	return !slices.ContainsFunc(r.parts, func(p part) bool { return log.touched(p.subject, p.AsOf, newest, "") })
}

// describeReading describes an answer that is right until an instant to the cache in front.
func (a *API) describeReading(c *call, life *lifetime, until time.Time, r *reading) {
	if r.torn {
		return
	}
	d := plan.Description{AsOf: r.parts[0].AsOf, Source: r.parts[0].Source, Until: until}
	for _, p := range r.parts[1:] {
		d.Parts = append(d.Parts, p.Part)
	}
	a.describe(c, life, d)
}
