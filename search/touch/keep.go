package touch

import (
	"reflect"
	"slices"

	"marquee/storage"
)

// Keeps reports whether an update leaves the list as it is, but for the object itself: it
// has the same objects in the same order. So the change touches only the pages that show the
// object. True is a promise, false is not. The values by which objects can be filtered are
// the same as well, so counts of values are too.
//
// A search by words is not compared: what an object shares with the words ranks all others.
func (i *Interest) Keeps(c *storage.Change) bool {
	q := &i.query
	if i.match != nil || c.Before == nil || c.After == nil || q.Order.Sort == nil {
		return false
	}
	return sameKey(q.Order, c) && !slices.ContainsFunc(q.Noun.Filters, func(f storage.Filter) bool {
		return f.Kind != storage.TimeRange && differs(c, f.Fields)
	}) && !slices.ContainsFunc(q.Conditions, func(cond storage.Condition) bool {
		return cond.Matches(c.Before) != cond.Matches(c.After)
	}) && (q.Text == nil || !differs(c, q.Noun.Searched) && reflect.DeepEqual(c.Before.Names, c.After.Names))
}

// sameKey reports whether a changed object stays at its place in an order.
func sameKey(o storage.Order, c *storage.Change) bool {
	return o.Sort.Key != nil && o.Sort.Key(c.Before, o.Descending) == o.Sort.Key(c.After, o.Descending)
}

// differs reports whether a change alters one of the fields.
func differs(c *storage.Change, fields []string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return !reflect.DeepEqual(c.Before.Fields[f], c.After.Fields[f]) })
}
