package querystring

import (
	"slices"
	"strings"

	"marquee/storage"
)

// Fault is a fault of a parameter, perhaps with a fix.
type Fault struct {
	storage.Fault
	// at is the index of the faulty pair, or noPair.
	at int
	// fix changes a copy of the pairs into what the client probably meant. It is nil
	// when there is no good guess.
	fix func(pairs []Pair, at int)
}

// noPair is the index of a piece of the query string that is no pair.
const noPair = -1

// Bad returns a fault of a value.
func Bad(value, reason string) Fault {
	return Fault{Fault: storage.Fault{Value: storage.Excerpt(value), Reason: reason}}
}

// BadItem returns a fault of one item of a list.
func BadItem(item, reason string) Fault {
	f := Bad(item, reason)
	f.Item = true
	return f
}

// At returns the fault as that of the pair with index i, which has the name.
func (f Fault) At(name string, i int) Fault {
	f.Parameter, f.at = storage.Excerpt(name), i
	return f
}

// Set returns the fault with a fix that sets another value.
func (f Fault) Set(value string) Fault {
	f.fix = func(pairs []Pair, at int) { pairs[at].Value = value }
	return f
}

// Suggest returns the fault with a nearest value, which is also its fix. An empty
// value is no suggestion.
func (f Fault) Suggest(value string) Fault {
	if value == "" {
		return f
	}
	f.Nearest = value
	return f.Set(value)
}

// Rename returns the fault with a fix that gives the parameter another name.
func (f Fault) Rename(name string) Fault {
	f.fix = func(pairs []Pair, at int) { pairs[at].Name = name }
	return f
}

// Drop returns the fault with a fix that leaves the parameter out.
func (f Fault) Drop() Fault {
	f.fix = func(pairs []Pair, at int) { pairs[at].dropped = true }
	return f
}

// Merge returns the fault with a fix that appends the items of the list to the
// list of an earlier pair.
func (f Fault) Merge(earlier int) Fault {
	f.fix = func(pairs []Pair, at int) {
		pairs[earlier].Value += "," + pairs[at].Value
		pairs[at].dropped = true
	}
	return f
}

// Replace returns the fault with a fix that replaces an item of a list. An empty
// replacement removes the item.
func (f Fault) Replace(item, by string) Fault {
	f.fix = func(pairs []Pair, at int) {
		var items []string
		for _, s := range strings.Split(pairs[at].Value, ",") {
			if s == item {
				s = by
			}
			if s != "" {
				items = append(items, s)
			}
		}
		pairs[at].Value = strings.Join(items, ",")
		pairs[at].dropped = len(items) == 0
	}
	return f
}

// maxFixed bounds the faults that are fixed: with more the result is a guess, and
// the work grows with the square of their number.
const maxFixed = 20

// Fix returns a copy of pairs with every fault fixed. It returns false when a
// fault has no fix, or when there are too many.
func Fix(pairs []Pair, faults []Fault) ([]Pair, bool) {
	if len(faults) > maxFixed {
		return nil, false
	}
	fixed := slices.Clone(pairs)
	for _, f := range faults {
		if f.fix == nil || f.at == noPair {
			return nil, false
		}
		f.fix(fixed, f.at)
	}
	return slices.DeleteFunc(fixed, func(p Pair) bool { return p.dropped }), true
}
