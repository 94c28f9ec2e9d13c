package importplan

import (
	"fmt"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/schema"
)

// split returns the records that can be planned together, because none of them claims
// what another one claims, and the rest in its order. Records that bring their ids along
// come first, because the others get ids that are free.
func split(records []*incoming.Record) (together, rest []*incoming.Record) {
	kind := wholes
	for _, in := range records {
		kind = min(kind, kindOf(in))
	}
	claimed := map[string]bool{}
	for _, in := range records {
		free := kindOf(in) == kind
		if free {
			for _, c := range claims(in) { // also those of the rest: a record waits for all before it
				free = free && !claimed[c]
				claimed[c] = true
			}
		}
		if free {
			together = append(together, in)
		} else {
			rest = append(rest, in)
		}
	}
	return together, rest
}

// The kinds of records that are not planned together.
const (
	exact      = iota
	partsByID  // their parents are given by id
	partsByKey // their parents are given by key
	wholes
)

func kindOf(in *incoming.Record) int {
	switch {
	case in.Exact != nil:
		return exact
	case in.ParentKey != "":
		return partsByKey
	case in.Noun.Parent() != nil:
		return partsByID
	}
	return wholes
}

// claims returns what no other object may have of a record: its identity and its distinct
// values.
func claims(in *incoming.Record) []string {
	d := in.Exact
	if d == nil {
		d = &storage.Document{Noun: in.Noun, Fields: in.Edit.Values}
	}
	var out []string
	if id := identity(in); id != 0 {
		out = append(out, fmt.Sprint("identity ", id))
	}
	if in.Noun.Slug {
		out = append(out, "id "+slug(in))
	}
	for _, u := range schema.Of(in.Noun).Distinctions() {
		v := u.Value(d)
		switch {
		case u.Name == "number" && in.Exact == nil:
			v = fmt.Sprintf("%s %v %v", in.ParentKey, in.Edit.Asserted[in.Noun.Parent().IDName()], in.Edit.Values["number"])
		case v == "":
			continue
		}
		out = append(out, u.Name+" "+v)
	}
	for source, key := range in.Sources {
		out = append(out, "source "+source+" "+key)
	}
	return out
}
