// Package value parses the values of query parameters: numbers, flags, lists, and
// ranges of numbers, ratings or datetimes. A value that it refuses is a fault with
// a reason and, where one is likely, a fix.
package value

import (
	"strconv"
	"strings"
	"time"

	"marquee/api/querystring"
	"marquee/storage"
)

// end is one end of a range: the values from low to high that its text stands for,
// in the unit of the condition.
type end struct {
	low, high int64
	// exact is the number before rounding, to compare the ends of a range.
	exact decimal
}

// rangeForm describes how the ends of a kind of range are written.
type rangeForm struct {
	allowed string
	parse   func(string) (end, bool)
	// reason says why parse refused an end.
	reason func(string) string
	// fix returns what an end was probably meant to be, false without a good guess.
	fix func(s string, isEnd bool) (string, bool)
}

var rangeForms = map[storage.FilterKind]rangeForm{
	storage.CountRange: {
		allowed: "a whole number up to 9223372036854775807 or a range of them: 5, 5..10, 5.., ..10",
		parse: func(s string) (end, bool) {
			n, ok := whole(s)
			return end{low: n, high: n, exact: decimal{whole: n}}, ok
		},
		reason: func(s string) string {
			if wholeForm.MatchString(s) {
				return "must be at most 9223372036854775807"
			}
			return "must be a whole number without sign and leading zeros, or a range of them: 5, 5..10, 5.., ..10"
		},
		fix: func(s string, _ bool) (string, bool) {
			n, ok := looseWhole(s)
			return strconv.FormatInt(n, 10), ok && n >= 0
		},
	},
	storage.DecimalRange: {
		allowed: "a number from 0.0 to 10.0 or a range of them: 7.5, 7..8.5, 7.., ..8",
		parse: func(s string) (end, bool) {
			d, ok := parseDecimal(s)
			return end{low: d.ceil(), high: d.floor(), exact: d}, ok
		},
		reason: func(string) string {
			return "must be a number from 0.0 to 10.0, or a range of them: 7.5, 7..8.5, 7.., ..8"
		},
		fix: func(s string, _ bool) (string, bool) { return fixDecimal(s) },
	},
	storage.TimeRange: {
		allowed: "a datetime yyyy-mm-ddThh-mm[-ss] or a range of them, UTC",
		parse: func(s string) (end, bool) {
			t, span, ok := storage.ParseTime(s)
			last := t.Add(span - time.Second)
			return end{low: t.Unix(), high: last.Unix()}, ok
		},
		reason: reasonOfTime,
		fix:    fixTime,
	},
}

// AllowedRange says in words what Range accepts for the kind.
func AllowedRange(kind storage.FilterKind) string { return rangeForms[kind].allowed }

// Range parses A, A..B, A.. or ..B as a condition on a CountRange, DecimalRange or
// TimeRange.
func Range(kind storage.FilterKind, value string) (*storage.Condition, []querystring.Fault) {
	form := rangeForms[kind]
	from, to, isRange := strings.Cut(value, "..")
	if !isRange {
		to = from
	}
	if isRange && from == "" && to == "" {
		return nil, []querystring.Fault{querystring.Bad(value, "has neither FROM nor TO; allowed are A, A..B, A.. and ..B").Drop()}
	}
	first, okFirst := form.parse(from)
	last, okLast := form.parse(to)
	badFrom, badTo := from != "" && !okFirst, isRange && to != "" && !okLast
	switch {
	case badFrom && badTo:
		return nil, []querystring.Fault{form.fault(value, form.reasonOfBoth(from, to))}
	case badFrom:
		return nil, []querystring.Fault{form.fault(value, form.reason(from))}
	case badTo:
		return nil, []querystring.Fault{form.fault(value, form.reason(to))}
	case from != "" && to != "" && exceeds(first, last):
		return nil, []querystring.Fault{querystring.Bad(value, "FROM "+from+" is greater than TO "+to).Set(to + ".." + from)}
	}
	c := &storage.Condition{}
	if from != "" {
		c.Range.From = &first.low
	}
	if to != "" {
		c.Range.To = &last.high
	}
	return c, nil
}

// exceeds reports whether from is greater than to. Decimals are compared before
// rounding: 7.25 as both ends becomes an empty range of tenths, which is no fault.
func exceeds(from, to end) bool {
	if from.exact != (decimal{}) || to.exact != (decimal{}) {
		return from.exact.compare(to.exact) > 0
	}
	return from.low > to.high
}

// reasonOfBoth says what is wrong with two ends, only once if it is the same.
func (form rangeForm) reasonOfBoth(from, to string) string {
	first, last := form.reason(from), form.reason(to)
	if first == last {
		return first
	}
	return "FROM " + first + "; TO " + last
}

// fault returns a fault of a range. It has a fix when both ends have one.
func (form rangeForm) fault(value, reason string) querystring.Fault {
	f := querystring.Bad(value, reason)
	from, to, isRange := strings.Cut(strings.Replace(value, "...", "..", 1), "..")
	if !isRange {
		to = from
	}
	first, okFirst := form.fixEnd(from, false)
	last, okLast := form.fixEnd(to, true)
	switch {
	case !okFirst || !okLast:
		return f
	case !isRange && first == last:
		return f.Set(first)
	}
	return f.Set(first + ".." + last)
}

// fixEnd returns an end fixed. It leaves a good or open end unchanged.
func (form rangeForm) fixEnd(s string, isEnd bool) (string, bool) {
	if _, ok := form.parse(s); ok || s == "" {
		return s, true
	}
	return form.fix(s, isEnd)
}
