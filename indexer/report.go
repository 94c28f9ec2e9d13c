package indexer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"marquee/storage"
)

// DifferenceKind says how the index differs from the catalogue.
type DifferenceKind string

// The kinds of difference.
const (
	// Missing is an object that the index does not have.
	Missing DifferenceKind = "missing"
	// Different is an object of which the index has an older version, or another
	// document of the same version.
	Different DifferenceKind = "different"
	// Extra is an object that the catalogue does not have.
	Extra DifferenceKind = "extra"
	// Ahead is an object of which the index has a version that the catalogue never
	// reached: it was restored from a backup. Only Rebuild mends it.
	Ahead DifferenceKind = "ahead"
	// Refused is an object whose present version is a dead letter.
	Refused DifferenceKind = "refused"
	// Unsettled is an object that was written at every look, or whose change the
	// index had no time to take. It is no fault.
	Unsettled DifferenceKind = "unsettled"
)

// Difference is an object on which the two stores do not agree.
type Difference struct {
	Noun *storage.Noun
	ID   string
	Kind DifferenceKind
	// Want is the version in the catalogue, Have that in the index; 0 when the
	// object is not there.
	Want, Have int64
	// Reason is why the index refused the object, in its words; "" for other kinds.
	Reason string
}

// String is the difference in a line, such as "movie 17 different: version 9, the
// index has 8".
func (d *Difference) String() string {
	s := fmt.Sprintf("%s %s %s: ", cmp.Or(nounName(d.Noun), "object"), d.ID, d.Kind)
	if d.Want == 0 {
		s += "not in the catalogue"
	} else {
		s += fmt.Sprintf("version %d", d.Want)
	}
	switch d.Have {
	case 0:
		s += ", not in the index"
	case d.Want:
		s += ", the index has another document of it"
	default:
		s += fmt.Sprintf(", the index has %d", d.Have)
	}
	if d.Reason != "" {
		s += ": " + d.Reason
	}
	return s
}

// Report is the result of a comparison.
type Report struct {
	// Index is the physical index.
	Index string
	// Version is the checkpoint at which the stores were compared.
	Version int64
	// Behind is how many versions the checkpoint lacked of what it was compared with
	// when it had not moved for 10 s: 0 where an indexer is at work.
	Behind int64
	// Objects is how many the index held.
	Objects int
	// Counts are the numbers of differences by kind.
	Counts map[DifferenceKind]int
	// Differences are the first 10,000 of them, by noun and id.
	Differences []Difference
	// moot are letters about objects that agree by now.
	moot []storage.DeadLetter
}

// Agrees reports whether the index holds what the catalogue does, except for
// what it refused and what is being written.
func (r *Report) Agrees() bool { return r.drift() == 0 }

// Clean reports whether the index holds what the catalogue does, all of it.
func (r *Report) Clean() bool { return r.Agrees() && r.Counts[Refused] == 0 && r.Behind == 0 }

// drift counts what went wrong without anybody being told.
func (r *Report) drift() int {
	return r.Counts[Missing] + r.Counts[Different] + r.Counts[Extra] + r.Counts[Ahead]
}

// String is the report in a line.
func (r *Report) String() string {
	s := fmt.Sprintf("%s at version %d holds %d objects", r.Index, r.Version, r.Objects)
	for _, k := range []DifferenceKind{Missing, Different, Extra, Ahead, Refused, Unsettled} {
		if r.Counts[k] > 0 {
			s += fmt.Sprintf(", %d %s", r.Counts[k], k)
		}
	}
	if r.Behind > 0 {
		s += fmt.Sprintf(", behind by %d", r.Behind)
	}
	return s
}

// Lines tells of the first differences, a line for each, and of how many more
// there are.
func (r *Report) Lines(most int) []string {
	var lines []string
	for i := range r.Differences[:min(most, len(r.Differences))] {
		lines = append(lines, r.Differences[i].String())
	}
	all := 0
	for _, n := range r.Counts {
		all += n
	}
	if more := all - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return lines
}

// report sums the comparison up. A difference with a letter about it is one that
// somebody was told of.
func (c *comparison) report(ctx context.Context) (*Report, error) {
	r := &Report{Index: c.index, Version: c.at, Behind: c.behind, Objects: c.objects, Counts: map[DifferenceKind]int{}}
	var letters []storage.DeadLetter
	err := bounded(ctx, storeTimeout, func(ctx context.Context) (err error) {
		letters, err = c.x.Store.DeadLetters(ctx, c.index)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, l := range letters {
		o := object{l.Noun, l.ID}
		switch s, ok := c.suspects[o]; {
		case !ok:
			r.moot = append(r.moot, l)
		case s.Kind != Ahead && l.Version >= s.Want:
			s.Kind, s.Reason = Refused, l.Reason
			c.suspects[o] = s
		}
	}
	for _, s := range c.suspects {
		r.Counts[s.Kind]++
		r.Differences = append(r.Differences, s.Difference)
	}
	slices.SortFunc(r.Differences, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(nounName(a.Noun), nounName(b.Noun)), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	r.Differences = r.Differences[:min(len(r.Differences), maxDifferences)]
	return r, nil
}

func nounName(n *storage.Noun) string {
	if n == nil {
		return ""
	}
	return n.Name
}
