package incoming

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"marquee/storage"
)

// Report tells what an import did.
type Report struct {
	// Counts are the numbers of records by noun and outcome. Objects that were
	// created because records refer to them by name are in Implied.
	Counts  map[*storage.Noun]map[Outcome]int
	Implied map[*storage.Noun]int
	// Mended counts what had to be put right, Reasons why records were refused.
	Mended, Reasons map[string]int
	// Refusals are the first refused records, with their places.
	Refusals []Refusal
	// Version is the catalogue's version after the import.
	Version int64
}

// Refusal is a record that could not be taken.
type Refusal struct {
	Place  string
	Reason string
}

// maxRefusals bounds the refusals that a report lists; the rest is counted.
const maxRefusals = 1000

// maxReasons bounds the reasons that a report counts apart.
const maxReasons = 200

// NewReport is a report of nothing.
func NewReport() *Report {
	return &Report{Counts: map[*storage.Noun]map[Outcome]int{}, Implied: map[*storage.Noun]int{}, Mended: map[string]int{}, Reasons: map[string]int{}}
}

// Count counts a record's outcome and what was mended in it.
func (r *Report) Count(in *Record, o Outcome) {
	r.count(in.Noun, o, 1)
	if o == Unchanged {
		return // it was mended when it was taken
	}
	for _, m := range in.Mended {
		r.Mended[m]++
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
	r.count(in.Noun, Refused, 1)
	kind, _, _ := strings.Cut(reason, ": ") // what follows is of the one record
	r.reason(kind, 1)
	if len(r.Refusals) < maxRefusals {
		r.Refusals = append(r.Refusals, Refusal{Place: in.Place(), Reason: reason})
	}
}

// reason counts why records were refused, the rarer ones together.
func (r *Report) reason(kind string, by int) {
	if r.Reasons[kind] == 0 && len(r.Reasons) >= maxReasons {
		kind = "for other reasons"
	}
	r.Reasons[kind] += by
}

// Add adds another report, of the next batch.
func (r *Report) Add(other *Report) {
	for n, outcomes := range other.Counts {
		for o, c := range outcomes {
			r.count(n, o, c)
		}
	}
	for n, c := range other.Implied {
		r.Implied[n] += c
	}
	for m, c := range other.Mended {
		r.Mended[m] += c
	}
	for m, c := range other.Reasons {
		r.reason(m, c)
	}
	room := max(0, maxRefusals-len(r.Refusals))
	r.Refusals = append(r.Refusals, other.Refusals[:min(room, len(other.Refusals))]...)
	r.Version = max(r.Version, other.Version)
}

// Total is the number of records with an outcome, of all nouns.
func (r *Report) Total(o Outcome) int {
	total := 0
	for _, outcomes := range r.Counts {
		total += outcomes[o]
	}
	return total
}

// ByCount lists the keys of a count, the most frequent first.
func ByCount(counts map[string]int) []string {
	keys := slices.Collect(maps.Keys(counts))
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return keys
}
