package api

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"marquee/api/param"
	"marquee/api/projection"
	"marquee/api/route"
	"marquee/api/wire"
	"marquee/cache/plan"
	"marquee/search/touch"
	"marquee/storage"
)

const (
	// maxExpanded bounds the objects that an answer describes besides the ones on its page. A
	// page of 100 films with their whole casts names about 2,500 persons.
	maxExpanded = 10_000
	// maxExpandedBytes bounds their size in the answer.
	maxExpandedBytes = 32 << 20
	// expandRead is how many objects a query reads: all that a page of the default limit
	// names.
	expandRead = 1000
	// expandPart is how many ids a part of an answer has: as many as the parameter ids
	// takes.
	expandPart = 100
)

// expanded narrows objects of named nouns to the fields that meta.expanded shows.
var expanded = func() map[*storage.Noun]*projection.Fields {
	fields := map[*storage.Noun]*projection.Fields{}
	for _, n := range storage.Nouns {
		if n.Named {
			fields[n], _ = projection.Parse(n, strings.Join(param.Expanded(n), ","))
		}
	}
	return fields
}()

// expand reads the objects that fields of the page's objects refer to, and adds these reads to
// the reading of the page. It returns nil without fields.
func (a *API) expand(c *call, r *reading, fields []string, objects []storage.Object, atLeast int64) ([]wire.Expanded, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	all, err := referencesOf(c.route.Noun, fields, objects)
	if err != nil {
		return nil, err
	}
	count := 0
	for i := range all {
		count += len(all[i].ids)
	}
	if count > maxExpanded {
		return nil, tooMany(fields, fmt.Sprintf("needs %d other objects; at most %d are shown", count, maxExpanded))
	}
	e := expansion{API: a, call: c, reading: r, atLeast: atLeast, room: maxExpandedBytes}
	out := make([]wire.Expanded, len(all))
	for i := range all {
		e.parts = plan.MaxParts + 1 - len(r.parts) - (len(all) - i - 1) // the first part is the page itself
		if err := e.read(&all[i]); err != nil {
			return nil, err
		}
		if e.room < 0 {
			return nil, tooMany(fields, fmt.Sprintf("needs other objects of more than %d MiB, which is too much", maxExpandedBytes>>20))
		}
		out[i] = wire.Expanded{Noun: all[i].noun, Members: all[i].members}
	}
	return out, nil
}

// tooMany returns the refusal of a page that refers to too much.
func tooMany(fields []string, what string) error {
	return &storage.Error{Code: storage.Invalid, Detail: "the page refers to too many objects", Faults: []storage.Fault{{
		Parameter: "expand", Value: strings.Join(fields, ","), Reason: what + " in one answer; expand fewer fields, or ask for a smaller page",
	}}}
}

// references are the objects of a noun that the objects of a page refer to.
type references struct {
	noun *storage.Noun
	// ids has each id once, in the order of the page.
	ids []string
	// members are the objects that were found, in that order.
	members []wire.ExpandedMember
}

// referencesOf returns what fields of objects refer to.
func referencesOf(n *storage.Noun, fields []string, objects []storage.Object) ([]references, error) {
	var all []references
	for _, target := range storage.Nouns {
		var from []string
		for _, f := range param.Expandable(n) {
			if f.Type.Of.Reference == target.Name && slices.Contains(fields, f.Name) {
				from = append(from, f.Name)
			}
		}
		if from == nil {
			continue
		}
		r := references{noun: target}
		seen := map[string]bool{}
		for i := range objects {
			ids, err := idsIn(objects[i].Body, from)
			if err != nil {
				return nil, fmt.Errorf("expand %s %s: %w", n.Name, objects[i].ID, err)
			}
			for _, id := range ids {
				if !seen[id] {
					seen[id] = true
					r.ids = append(r.ids, id)
				}
			}
		}
		all = append(all, r)
	}
	return all, nil
}

// idsIn returns the ids in lists of an object.
func idsIn(body []byte, lists []string) ([]string, error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, err
	}
	var all []string
	for _, name := range lists {
		var ids []string
		if members[name] == nil { // the object is of an earlier release
			continue
		}
		if err := json.Unmarshal(members[name], &ids); err != nil {
			return nil, err
		}
		all = append(all, ids...)
	}
	return all, nil
}

// expansion reads references for an answer.
type expansion struct {
	*API
	*call
	*reading
	atLeast int64
	// parts is how many parts the next references may have, room how many bytes may follow.
	parts, room int
}

// read reads the objects.
func (e *expansion) read(refs *references) error {
	bodies, asOf := map[string][]byte{}, []part{}
	for ids := range slices.Chunk(refs.ids, expandRead) {
		q := &storage.Query{Noun: refs.noun, IDs: ids, Order: storage.Order{Sort: &refs.noun.Sorts[0]}, Limit: len(ids), AtLeast: e.atLeast}
		page, err := e.config.Catalogue.List(e.ctx, q)
		if err != nil {
			return err
		}
		e.gone = e.gone || len(page.Missing) > 0
		for i := range page.Objects {
			o := &page.Objects[i]
			if bodies[o.ID], err = expanded[refs.noun].Append(nil, o.Body); err != nil {
				return fmt.Errorf("expand %s %s: %w", refs.noun.Name, o.ID, err)
			}
			e.room -= len(bodies[o.ID])
		}
		asOf = append(asOf, partsOf(refs.noun, ids, page)...)
		if e.room < 0 {
			return nil
		}
	}
	for _, id := range refs.ids {
		if bodies[id] != nil {
			refs.members = append(refs.members, wire.ExpandedMember{ID: id, Body: bodies[id]})
		}
	}
	e.reading.parts = append(e.reading.parts, bounded(refs, asOf, e.parts)...)
	return nil
}

// partsOf returns the parts of an answer that a page of objects with ids is.
func partsOf(n *storage.Noun, ids []string, page *storage.Page) (all []part) {
	for some := range slices.Chunk(ids, expandPart) {
		all = append(all, part{partOf(page, idsTarget(n, some)), touch.NewInterest(&storage.Query{Noun: n, IDs: some})})
	}
	return all
}

// bounded returns the parts of references, or if these are more than most one part that every
// change of the noun touches.
func bounded(refs *references, all []part, most int) []part {
	if len(all) <= most {
		return all
	}
	oldest := slices.MinFunc(all, func(a, b part) int { return cmp.Compare(a.AsOf, b.AsOf) })
	return []part{{
		plan.Part{Target: route.Base + "/" + refs.noun.Plural, Source: oldest.Source, AsOf: oldest.AsOf},
		touch.NewInterest(&storage.Query{Noun: refs.noun, IDs: refs.ids}),
	}}
}

// expandedKeys returns the keys of what an answer shows expanded, each after a space: the
// plurals, since the objects may be thousands.
func expandedKeys(all []wire.Expanded) string {
	keys := ""
	for _, e := range all {
		keys += " " + e.Noun.Plural
	}
	return keys
}
