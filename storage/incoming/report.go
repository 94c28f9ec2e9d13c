package incoming

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"marquee/storage"
)

// Report is the result of an import.
type Report struct {
	// Counts has the numbers of records by noun and outcome. Implied has the numbers of
	// objects created because a record refers to them by name.
	Counts  map[*storage.Noun]map[Outcome]int
	Implied map[*storage.Noun]int
	// Votes has the numbers of votes, which are in no other count.
	Votes Votes
	// Repairs counts the repairs of records by their text before ": ", Reasons the reasons of refusals.
	Repairs, Reasons map[string]int
	// Refusals has the first refused records.
	Refusals []Refusal
	// Version is the catalogue's version after the import.
	Version int64
	// entries are the entries of a batch, which Add lists.
	entries []Entry
	// List, if set, is called for every refusal and repair. So a list of any length can be
	// written, while the report is bounded.
	List func(Entry)
}

// maxRefusals bounds the refusals of a report. The others are only counted.
const maxRefusals = 1000

// maxReasons bounds the reasons that a report counts separately.
const maxReasons = 200

// NewReport returns an empty report.
func NewReport() *Report {
	return &Report{Counts: map[*storage.Noun]map[Outcome]int{}, Implied: map[*storage.Noun]int{}, Repairs: map[string]int{}, Reasons: map[string]int{}}
}

// Batch returns an empty report for the next batch, for Add. Its entries are listed by
// Add, because a batch that fails is tried again.
func (r *Report) Batch() *Report {
	b := NewReport()
	if r.List != nil {
		b.List = func(e Entry) { b.entries = append(b.entries, e) }
	}
	return b
}

// Count counts the outcome of a record and its repairs.
func (r *Report) Count(in *Record, o Outcome) {
	r.count(in.Noun, o, 1)
	if o == Unchanged {
		return // its repairs were counted by the first import
	}
	for _, m := range in.Repairs {
		kind, _, _ := strings.Cut(m, ": ") // the rest is about the one record
		r.Repairs[kind]++
		r.list(Entry{Refusal: Refusal{Position: in.Position, Noun: in.Noun, Key: in.Key}, Repair: m})
	}
}

func (r *Report) list(e Entry) {
	if r.List != nil {
		r.List(e)
	}
}

func (r *Report) count(n *storage.Noun, o Outcome, by int) {
	if r.Counts[n] == nil {
		r.Counts[n] = map[Outcome]int{}
	}
	r.Counts[n][o] += by
}

// Refuse counts a refused record.
func (r *Report) Refuse(in *Record, reason string) {
	if in.Vote != nil {
		r.Votes.Refused++
	} else {
		r.count(in.Noun, Refused, 1)
	}
	kind, _, _ := strings.Cut(reason, ": ") // the rest is about the one record
	r.reason(kind, 1)
	refusal := Refusal{Position: in.Position, Noun: in.Noun, Key: in.Key, Reason: reason}
	if len(r.Refusals) < maxRefusals {
		r.Refusals = append(r.Refusals, refusal)
	}
	r.list(Entry{Refusal: refusal})
}

// reason counts a reason. New reasons above maxReasons are counted together.
func (r *Report) reason(kind string, by int) {
	if r.Reasons[kind] == 0 && len(r.Reasons) >= maxReasons {
		kind = "for other reasons"
	}
	r.Reasons[kind] += by
}

// Add adds the report of the next batch.
func (r *Report) Add(other *Report) {
	for n, outcomes := range other.Counts {
		for o, c := range outcomes {
			r.count(n, o, c)
		}
	}
	for n, c := range other.Implied {
		r.Implied[n] += c
	}
	r.Votes.add(other.Votes)
	for m, c := range other.Repairs {
		r.Repairs[m] += c
	}
	for m, c := range other.Reasons {
		r.reason(m, c)
	}
	room := max(0, maxRefusals-len(r.Refusals))
	r.Refusals = append(r.Refusals, other.Refusals[:min(room, len(other.Refusals))]...)
	r.Version = max(r.Version, other.Version)
	for _, e := range other.entries {
		r.list(e)
	}
}

// Total returns the number of records with an outcome, of all nouns. Refused votes count.
func (r *Report) Total(o Outcome) int {
	total := 0
	if o == Refused {
		total = r.Votes.Refused
	}
	for _, outcomes := range r.Counts {
		total += outcomes[o]
	}
	return total
}

// ByCount returns the keys of counts, the most frequent first.
func ByCount(counts map[string]int) []string {
	keys := slices.Collect(maps.Keys(counts))
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return keys
}
