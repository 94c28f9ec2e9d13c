package api

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"

	"marquee/storage"
)

// The forms of numbers. They are matched before anything is parsed: strconv
// takes +5, 007, 0x1p3, 1_000 and NaN.
var (
	wholeForm   = regexp.MustCompile(`^(?:0|[1-9][0-9]*)$`)
	looseForm   = regexp.MustCompile(`^ *([+-]?)0*([0-9]{1,18}) *$`)
	decimalForm = regexp.MustCompile(`^(0|[1-9][0-9]*)(?:\.([0-9]+))?$`)
)

// whole reads a whole number as the API writes it; ok is false for another
// form and for one that does not fit.
func whole(s string) (n int64, ok bool) {
	if !wholeForm.MatchString(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// looseWhole reads what was probably meant as a whole number, to mend it.
func looseWhole(s string) (int64, bool) {
	m := looseForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.Trim(m[1], "+")+m[2], 10, 64)
	return n, err == nil
}

// decimal is an exact decimal of any precision.
type decimal struct {
	whole    int64
	fraction string // without zeros at the end
}

// maxRating is the highest rating that can be asked for.
const maxRating = 10

func parseDecimal(s string) (decimal, bool) {
	m := decimalForm.FindStringSubmatch(s)
	if m == nil {
		return decimal{}, false
	}
	n, err := strconv.ParseInt(m[1], 10, 32)
	d := decimal{whole: n, fraction: strings.TrimRight(m[2], "0")}
	return d, err == nil && d.compare(decimal{whole: maxRating}) <= 0
}

func (d decimal) compare(o decimal) int {
	return cmp.Or(cmp.Compare(d.whole, o.whole), cmp.Compare(d.fraction, o.fraction))
}

// floor and ceil round to tenths, which is what ratings are kept in.
func (d decimal) floor() int64 {
	tenths := d.whole * 10
	if d.fraction != "" {
		tenths += int64(d.fraction[0] - '0')
	}
	return tenths
}

func (d decimal) ceil() int64 {
	if len(d.fraction) > 1 {
		return d.floor() + 1
	}
	return d.floor()
}

// end is one end of a range: the values from low to high that it stands for,
// in the unit of the condition.
type end struct {
	low, high int64
	// compare orders ends exactly, before any rounding.
	exact decimal
}

// rangeForm is how the ends of a kind of range are read.
type rangeForm struct {
	allowed string
	parse   func(string) (end, bool)
	// wrong says what is wrong with an end that did not parse.
	wrong func(string) string
	// mend is what an end was probably meant to be; ok is false when unclear.
	mend func(s string, to bool) (string, bool)
}

var rangeForms = map[storage.FilterKind]rangeForm{
	storage.CountRange: {
		allowed: "a whole number up to 9223372036854775807 or a range of them: 5, 5..10, 5.., ..10",
		parse: func(s string) (end, bool) {
			n, ok := whole(s)
			return end{low: n, high: n, exact: decimal{whole: n}}, ok
		},
		wrong: func(s string) string {
			if wholeForm.MatchString(s) {
				return "must be at most 9223372036854775807"
			}
			return "must be a whole number without sign and leading zeros, or a range of them: 5, 5..10, 5.., ..10"
		},
		mend: func(s string, _ bool) (string, bool) {
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
		wrong: func(string) string {
			return "must be a number from 0.0 to 10.0, or a range of them: 7.5, 7..8.5, 7.., ..8"
		},
		mend: func(s string, _ bool) (string, bool) { return mendDecimal(s) },
	},
	storage.TimeRange: {
		allowed: "a datetime yyyy-mm-ddThh-mm[-ss] or a range of them, UTC",
		parse: func(s string) (end, bool) {
			t, span, ok := storage.ParseTime(s)
			last := t.Add(span - time.Second)
			return end{low: t.Unix(), high: last.Unix()}, ok
		},
		wrong: wrongTime,
		mend:  mendTime,
	},
}

// parseRange reads A, A..B, A.. or ..B.
func parseRange(kind storage.FilterKind, value string) (*storage.Condition, []fault) {
	form := rangeForms[kind]
	from, to, isRange := strings.Cut(value, "..")
	if !isRange {
		to = from
	}
	if isRange && from == "" && to == "" {
		return nil, []fault{bad(value, "has neither FROM nor TO; allowed are A, A..B, A.. and ..B").drop()}
	}
	first, okFirst := form.parse(from)
	last, okLast := form.parse(to)
	badFrom, badTo := from != "" && !okFirst, isRange && to != "" && !okLast
	switch {
	case badFrom && badTo:
		return nil, []fault{form.fault(value, form.bothWrong(from, to))}
	case badFrom:
		return nil, []fault{form.fault(value, form.wrong(from))}
	case badTo:
		return nil, []fault{form.fault(value, form.wrong(to))}
	case from != "" && to != "" && exceeds(first, last):
		return nil, []fault{bad(value, "FROM "+from+" is greater than TO "+to).set(to + ".." + from)}
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

// exceeds reports whether a range from one end to the other is upside down.
// Decimals are compared as given: 7.25 as both ends rounds to an empty range,
// but is no mistake.
func exceeds(from, to end) bool {
	if from.exact != (decimal{}) || to.exact != (decimal{}) {
		return from.exact.compare(to.exact) > 0
	}
	return from.low > to.high
}

// bothWrong says what is wrong with two ends, once where it is the same.
func (form rangeForm) bothWrong(from, to string) string {
	first, last := form.wrong(from), form.wrong(to)
	if first == last {
		return first
	}
	return "FROM " + first + "; TO " + last
}

// fault is the fault of a range for a reason, with the whole value mended where
// both ends can be.
func (form rangeForm) fault(value, reason string) fault {
	f := bad(value, reason)
	from, to, isRange := strings.Cut(strings.Replace(value, "...", "..", 1), "..")
	if !isRange {
		to = from
	}
	first, okFirst := form.mended(from, false)
	last, okLast := form.mended(to, true)
	switch {
	case !okFirst || !okLast:
		return f
	case !isRange && first == last:
		return f.set(first)
	}
	return f.set(first + ".." + last)
}

// mended is an end as it was probably meant; a good or open one stays.
func (form rangeForm) mended(s string, to bool) (string, bool) {
	if _, ok := form.parse(s); ok || s == "" {
		return s, true
	}
	return form.mend(s, to)
}

// parseAbove reads the value of which only higher ones are wanted. Rounded
// down it has the same values above it: they have one decimal.
func parseAbove(value string) (*storage.Condition, []fault) {
	d, ok := parseDecimal(value)
	if !ok {
		f := bad(value, "must be a number from 0.0 to 10.0, digits with an optional fraction")
		if mended, ok := mendDecimal(value); ok {
			f = f.set(mended)
		}
		return nil, []fault{f}
	}
	tenths := d.floor()
	return &storage.Condition{Range: storage.Range{From: &tenths}}, nil
}

// mendDecimal mends a leading zero or sign and a value that is out of bounds.
func mendDecimal(s string) (string, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "+")
	if trimmed := strings.TrimLeft(s, "0"); trimmed != "" && trimmed[0] != '.' {
		s = trimmed
	}
	if strings.HasPrefix(s, ".") {
		s = "0" + s
	}
	s = strings.TrimSuffix(s, ".")
	if _, ok := parseDecimal(s); !ok && decimalForm.MatchString(s) {
		s = strconv.Itoa(maxRating)
	}
	_, ok := parseDecimal(s)
	return s, ok
}
