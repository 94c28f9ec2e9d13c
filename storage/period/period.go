// Package period computes when periods of civil time hold: from the start of one local
// minute to the end of another, once or every year, in a zone whose clock changes.
//
// The clock on the wall decides. A period starts at the first instant at which the clock
// of its zone has reached from. It ends a minute after the first instant at which the
// clock has reached to. So a time that a clock change leaves out is the first instant
// after the change, and of a time that happens twice the first one counts. Leap seconds
// do not exist, as in POSIX.
package period

import (
	"iter"
	"time"
)

// Period is a period without faults; see Parse. It is immutable.
type Period struct {
	from, to time.Time // civil times, as UTC
	yearly   bool
	zone     *time.Location
}

// Interval is one time through which a period holds, in UTC.
type Interval struct {
	// Start is its first instant, and End the first one after it.
	Start, End time.Time
}

// Last returns the last second of the interval, as replies show its end.
func (i Interval) Last() time.Time { return i.End.Add(-time.Second) }

// Holds reports whether an instant lies in the interval.
func (i Interval) Holds(at time.Time) bool { return !at.Before(i.Start) && at.Before(i.End) }

// after returns the intervals of the period that end after an instant, in order. A yearly
// period has no last one.
func (p *Period) after(at time.Time) iter.Seq[Interval] {
	return func(yield func(Interval) bool) {
		if !p.yearly {
			if i := p.between(p.from, p.to); i.End.After(at) {
				yield(i)
			}
			return
		}
		// An interval ends in the year after that of its start at the latest, or a little
		// later where the clock changes at new year.
		for year := at.In(p.zone).Year() - 2; ; year++ {
			i, ok := p.inYear(year)
			if ok && i.End.After(at) && !yield(i) {
				return
			}
		}
	}
}

// inYear returns the interval of a yearly period that starts in a year. A to before from
// lies in the next year. A period within 02-29 has intervals in leap years only.
func (p *Period) inYear(year int) (i Interval, ok bool) {
	wraps := p.to.Before(p.from)
	if leapDay(p.from) && leapDay(p.to) && !wraps && !leap(year) {
		return Interval{}, false
	}
	from, to := p.from.AddDate(year-p.from.Year(), 0, 0), year
	if leapDay(p.from) && !leap(year) {
		from = time.Date(year, time.March, 1, 0, 0, 0, 0, time.UTC)
	}
	if wraps {
		to++
	}
	end := p.to.AddDate(to-p.to.Year(), 0, 0)
	if leapDay(p.to) && !leap(to) {
		end = time.Date(to, time.February, 28, 23, 59, 0, 0, time.UTC)
	}
	return p.between(from, end), true
}

// between returns the interval from the start of a civil minute to the end of another.
func (p *Period) between(from, to time.Time) Interval {
	return Interval{Start: instant(from, p.zone), End: instant(to, p.zone).Add(time.Minute)}
}

func leapDay(t time.Time) bool { return t.Month() == time.February && t.Day() == 29 }

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }
