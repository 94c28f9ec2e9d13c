package search

import (
	"fmt"
	"slices"
	"strings"

	"github.com/maypok86/otter/v2"

	"marquee/search/touch"
	"marquee/storage"
)

// Totals remembers the totals of lists whose counting is expensive. A total of one
// version holds at a later one, too, if no change in between touches its list. It is
// safe for concurrent use. A nil Totals remembers nothing.
type Totals struct {
	log    storage.Tail
	counts *otter.Cache[string, *counted]
}

// counted is the total of a list.
type counted struct {
	interest *touch.Interest
	version  int64
	total    int
	bytes    uint32
}

const (
	// totalsBytes bounds the memory of a Totals, as estimated by countedBytes.
	totalsBytes = 16 << 20
	// baseBytes is the memory of a list without a text, and textBytes the memory of a
	// text. An expression takes 1.5 to 60 KB.
	baseBytes, textBytes = 1 << 10, 32 << 10
)

// NewTotals returns a memory that follows a log.
func NewTotals(log storage.Tail) *Totals {
	counts := otter.Must(&otter.Options[string, *counted]{
		MaximumWeight: totalsBytes,
		Weigher:       func(_ string, c *counted) uint32 { return c.bytes },
	})
	return &Totals{log: log, counts: counts}
}

// Get returns the total of a list at a version of the catalogue, if it is known.
func (t *Totals) Get(q *storage.Query, version int64) (total int, ok bool) {
	if t == nil {
		return 0, false
	}
	key := listKey(q)
	c, ok := t.counts.GetIfPresent(key)
	if !ok || version < c.version {
		return 0, false
	}
	touched := c.interest.Check().Touched
	if storage.Touched(t.log, c.version, version, touched) || t.overtaken(q, version, touched) {
		return 0, false
	}
	if version > c.version { // the log need not reach back to the older one
		next := *c
		next.version = version
		t.counts.Set(key, &next)
	}
	return c.total, true
}

// overtaken reports whether a synonym that the search would apply came after the version:
// synonyms may be newer than the objects.
func (t *Totals) overtaken(q *storage.Query, version int64, touched func(*storage.Change) bool) bool {
	if q.Text == nil || q.Text.Synonyms == nil {
		return false
	}
	_, applied := q.Text.Synonyms.Current()
	return storage.Touched(t.log, version, applied, func(c *storage.Change) bool { return c.Noun == storage.Synonym && touched(c) })
}

// Put remembers the total of a list at a version. It ignores lists that are filtered by
// counters, which change without a version.
func (t *Totals) Put(q *storage.Query, version int64, total int) {
	if t == nil || touch.FiltersCounters(q) {
		return
	}
	key := listKey(q)
	list := storage.Query{Noun: q.Noun, Conditions: q.Conditions, Text: q.Text, IDs: q.IDs, Except: q.Except, Lenient: q.Lenient}
	t.counts.Set(key, &counted{interest: touch.NewInterest(&list), version: version, total: total, bytes: countedBytes(q, key)})
}

func countedBytes(q *storage.Query, key string) uint32 {
	n := baseBytes + 4*len(key)
	if q.Text != nil {
		n += textBytes
	}
	return uint32(n)
}

// listKey returns a text that is equal only for lists of the same objects, in whatever
// order and on whatever page.
func listKey(q *storage.Query) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q", q.Noun.Name, q.IDs)
	if q.IDs == nil {
		b.WriteByte('*')
	}
	if len(q.Except) > 0 {
		fmt.Fprintf(&b, " without %q", q.Except)
	}
	if q.Text != nil {
		fmt.Fprintf(&b, " %s %q", q.Text.Kind, q.Text.Query)
	}
	for i := range q.Conditions {
		c := &q.Conditions[i]
		fmt.Fprintf(&b, " %s %s..%s %q", c.Filter.Name, end(c.Range.From), end(c.Range.To), slices.Concat(c.IDs, c.Values))
	}
	return b.String()
}

func end(n *int64) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}
