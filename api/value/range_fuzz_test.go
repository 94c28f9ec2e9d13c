package value

import (
	"fmt"
	"marquee/storage"
	"reflect"
	"testing"
	"time"
)

// FuzzRange checks that an accepted range of numbers, ratings or datetimes has its
// ends in order, and means the same when it is written again.
func FuzzRange(f *testing.F) {
	for _, s := range []string{
		"5", "5..10", "5..", "..10", "..", "5...10", "7.25..7.26", "2014-12-31T23-59..", "0..0", "+5", "10..0", "9223372036854775808", "10.0", "10.1", "07", "1.5", "0x1", "1_0",
		"2014-12-31T23-59-59", "..2016-02-29T00-00", "2015-02-29T00-00", "2014-99-01T00-00", "2014-12-31T24-00", "2014-12-31T23-59-60", "9999-12-31T23-59", "0000-01-01T00-00..0001-01-01T00-00", "٢",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if value == "" { // empty values are refused earlier
			return
		}
		for kind := range rangeForms {
			c, faults := Range(kind, value)
			switch {
			case (c == nil) != (len(faults) == 1):
				t.Errorf("%q: %v, %v", value, c, faults)
			case c == nil:
			case c.Range.From == nil && c.Range.To == nil:
				t.Errorf("%q is open at both ends", value)
			case c.Range.From != nil && c.Range.To != nil && *c.Range.From > *c.Range.To:
				if kind != storage.DecimalRange || *c.Range.From > *c.Range.To+1 { // a range between two tenths is empty
					t.Errorf("%q goes from %d to %d", value, *c.Range.From, *c.Range.To)
				}
			default:
				written := written(kind, c.Range.From) + ".." + written(kind, c.Range.To)
				if again, faults := Range(kind, written); len(faults) > 0 || !reflect.DeepEqual(c, again) {
					t.Errorf("%q is written as %q, which is %v, %v", value, written, again, faults)
				}
			}
		}
	})
}

// written returns an end of a range as text, "" for an open end.
func written(kind storage.FilterKind, n *int64) string {
	switch {
	case n == nil:
		return ""
	case kind == storage.DecimalRange:
		return fmt.Sprintf("%d.%d", *n/10, *n%10)
	case kind == storage.TimeRange:
		return storage.FormatTime(time.Unix(*n, 0))
	}
	return fmt.Sprint(*n)
}
