package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"marquee/indexer/pair"
	"marquee/storage"
)

// maxDifferences bounds the differences that a report lists. The rest is counted,
// and listed by a later comparison when these have been repaired.
const maxDifferences = 10_000

// DifferenceKind names how the index differs from the catalogue.
type DifferenceKind string

// The kinds of difference.
const (
	// Missing is an object that the index does not have.
	Missing DifferenceKind = "missing"
	// Different is an object that the index has in an older version, or with another
	// document of the same version.
	Different DifferenceKind = "different"
	// Extra is an object that the catalogue does not have.
	Extra DifferenceKind = "extra"
	// Ahead is an object that the index has in a version which the catalogue never
	// reached: the catalogue was restored from a backup. Only a rebuild fixes it.
	Ahead DifferenceKind = "ahead"
	// Refused is an object whose present version is a dead letter.
	Refused DifferenceKind = "refused"
	// Unsettled is an object that was written at every look, or whose change the
	// index had no time to take. It is no fault.
	Unsettled DifferenceKind = "unsettled"
)

// Difference is an object on which the two stores do not agree.
type Difference struct {
	// Noun is nil if this program does not know it.
	Noun *storage.Noun
	ID   string
	Kind DifferenceKind
	// Want is the version in the catalogue, Have the version in the index; 0 if the
	// object does not exist there.
	Want, Have int64
	// Reason is why the index refused the object, in the index's words; "" for other
	// kinds.
	Reason string
}

// String describes the difference in a line, such as "movie 17 different: version
// 9, the index has 8".
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
	// Lag is how many versions the checkpoint lacked after it had not moved for 10 s.
	// It is 0 while an indexer is at work.
	Lag int64
	// Objects is how many objects the index has.
	Objects int
	// Counts are the numbers of differences by kind.
	Counts map[DifferenceKind]int
	// Differences are the first 10,000 of them, by noun and id.
	Differences []Difference
	// moot are dead letters of objects that agree by now.
	moot []storage.DeadLetter
}

// Agrees reports whether index and catalogue are equal, apart from refused objects and
// objects that are being written.
func (r *Report) Agrees() bool { return r.drift() == 0 }

// Clean reports whether index and catalogue are equal.
func (r *Report) Clean() bool { return r.Agrees() && r.Counts[Refused] == 0 && r.Lag == 0 }

// drift counts the differences that no dead letter and no lag explains.
func (r *Report) drift() int {
	return r.Counts[Missing] + r.Counts[Different] + r.Counts[Extra] + r.Counts[Ahead]
}

// String returns the report in a line.
func (r *Report) String() string {
	s := fmt.Sprintf("%s at version %d holds %d objects", r.Index, r.Version, r.Objects)
	for _, k := range []DifferenceKind{Missing, Different, Extra, Ahead, Refused, Unsettled} {
		if r.Counts[k] > 0 {
			s += fmt.Sprintf(", %d %s", r.Counts[k], k)
		}
	}
	if r.Lag > 0 {
		s += fmt.Sprintf(", lagging by %d", r.Lag)
	}
	return s
}

// Lines describes the first differences, a line for each, and counts the others in
// a last line.
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

// report makes the report of the comparison. A difference with a dead letter is
// Refused.
func (c *comparison) report(ctx context.Context) (*Report, error) {
	letters, err := c.DeadLetters(ctx, c.index)
	if err != nil {
		return nil, err
	}
	r := &Report{Index: c.index, Version: c.at, Lag: c.lag, Objects: c.objects, Counts: map[DifferenceKind]int{}}
	for _, l := range letters {
		o := pair.Object{Noun: l.Noun, ID: l.ID}
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
