package storage

import (
	"slices"
	"time"

	"marquee/storage/period"
)

// FilterKind is the form and the meaning of a filter's parameter.
type FilterKind int

// The kinds of filter.
const (
	// CountRange is an inclusive range of whole numbers: 5, 5..10, 5.., ..10.
	CountRange FilterKind = iota
	// DecimalRange is an inclusive range of decimals.
	DecimalRange
	// DecimalAbove is one decimal; only higher values satisfy it.
	DecimalAbove
	// TimeRange is an inclusive range of datetimes.
	TimeRange
	// AnyOf is a list of ids; the object must refer to one of them.
	AnyOf
	// AllOf is a list of ids; the object must refer to all of them.
	AllOf
	// OneOf is a list of values of a type with an Enum; the field must be one of them, or
	// have one of them among its items.
	OneOf
	// Flag is true or false; false does not filter.
	Flag
	// Within is the id of a parent; it comes from the path.
	Within
	// Active is true or false; false does not filter. A period of the object must hold at an
	// instant.
	Active
)

// Filter describes a list parameter that narrows a list.
type Filter struct {
	// Name is the parameter's name.
	Name string
	Kind FilterKind
	// Fields are the noun's fields that the filter reads. AnyOf and AllOf read the ids of
	// all of them together.
	Fields []string
	// Target is the singular name of the noun of the ids in AnyOf and AllOf.
	Target string
	// Counted says that lists can count their objects by the values of the field.
	Counted bool
	// Doc is the meaning as a fragment of a sentence, for the OpenAPI file.
	Doc string
}

// Condition is a filter with a value.
type Condition struct {
	Filter *Filter
	// Range is the value of CountRange, DecimalRange (in tenths), DecimalAbove (in tenths,
	// From is excluded) and TimeRange (in Unix seconds).
	Range Range
	// IDs is the value of AnyOf, AllOf and Within. All ids have a valid form.
	IDs []string
	// Values is the value of OneOf. All are values of the field's type.
	Values []string
	// At is the instant of Active.
	At time.Time
	// Hides says of Active that an object which does not satisfy it does not exist for the
	// caller: its id counts as missing.
	Hides bool
}

// Range is a range of whole numbers; a nil end is open.
type Range struct {
	From, To *int64
}

// contains reports whether n is in the range, both ends included.
func (r Range) contains(n int64) bool {
	return (r.From == nil || n >= *r.From) && (r.To == nil || n <= *r.To)
}

// Matches reports whether the document satisfies the condition. An unset field
// satisfies no range.
func (c *Condition) Matches(d *Document) bool {
	switch c.Filter.Kind {
	case Flag:
		set, _ := d.Fields[c.Filter.Fields[0]].(bool)
		return set
	case Within:
		return d.Fields[c.Filter.Fields[0]] == c.IDs[0]
	case AnyOf:
		return slices.ContainsFunc(c.IDs, func(id string) bool { return d.refers(c.Filter.Fields, id) })
	case AllOf:
		return !slices.ContainsFunc(c.IDs, func(id string) bool { return !d.refers(c.Filter.Fields, id) })
	case OneOf:
		return slices.ContainsFunc(c.Values, func(v string) bool { return d.has(c.Filter.Fields[0], v) })
	case Active:
		return period.Active(Periods(d), c.At)
	}
	n, ok := number(d.Fields[c.Filter.Fields[0]])
	if !ok {
		return false
	}
	if c.Filter.Kind == DecimalAbove {
		return n > *c.Range.From
	}
	return c.Range.contains(n)
}

// number returns the value of a field in the unit of ranges.
func number(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case Decimal:
		return int64(v), true
	case time.Time:
		return v.Unix(), true
	}
	return 0, false
}

// refers reports whether one of the fields lists the id.
func (d *Document) refers(fields []string, id string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return d.has(f, id) })
}

// has reports whether a field is the text, or has it among its items.
func (d *Document) has(field, text string) bool {
	if list, ok := d.Fields[field].([]any); ok {
		return slices.Contains(list, any(text))
	}
	return d.Fields[field] == text
}
