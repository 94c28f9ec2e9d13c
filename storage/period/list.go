package period

import (
	"slices"
	"time"
)

// Active reports whether one of the periods holds at an instant. Without periods it does
// always.
func Active(periods []Period, at time.Time) bool {
	i, ok := Current(periods, at)
	return len(periods) == 0 || ok && i.Holds(at)
}

// Current returns the interval that holds at an instant, otherwise the next one. Of several
// that hold, or that start next at the same instant, it returns the one that ends last.
// Intervals that adjoin or overlap are not joined. ok is false when no period holds now or
// later.
func Current(periods []Period, at time.Time) (current Interval, ok bool) {
	for k := range periods {
		for i := range periods[k].after(at) {
			if !ok || better(i, current, at) {
				current, ok = i, true
			}
			if !i.Holds(at) {
				break
			}
		}
	}
	return current, ok
}

// better reports whether i is to be shown at an instant rather than j. Both end after it.
func better(i, j Interval, at time.Time) bool {
	iHolds, jHolds := i.Holds(at), j.Holds(at)
	switch {
	case iHolds != jHolds:
		return iHolds
	case iHolds && i.End.Equal(j.End), !iHolds && !i.Start.Equal(j.Start):
		return i.Start.Before(j.Start)
	}
	return i.End.After(j.End)
}

// Next returns the first n intervals that end after an instant, by their starts, then
// ends. So those that hold come first. Fewer are left when no period holds later.
func Next(periods []Period, at time.Time, n int) (next []Interval) {
	for k := range periods {
		own := 0
		for i := range periods[k].after(at) {
			next = append(next, i)
			if own++; own >= n {
				break
			}
		}
	}
	slices.SortFunc(next, func(i, j Interval) int {
		if c := i.Start.Compare(j.Start); c != 0 {
			return c
		}
		return i.End.Compare(j.End)
	})
	return next[:min(n, len(next))]
}

// Boundary returns the first instant after at, at which a period starts or ends. Before
// it, Active and Current do not change. ok is false when there is none.
func Boundary(periods []Period, at time.Time) (boundary time.Time, ok bool) {
	earlier := func(t time.Time) {
		if t.After(at) && (!ok || t.Before(boundary)) {
			boundary, ok = t, true
		}
	}
	for k := range periods {
		for i := range periods[k].after(at) {
			earlier(i.Start)
			earlier(i.End)
			if i.Start.After(at) {
				break
			}
		}
	}
	return boundary, ok
}

// Overlaps returns the pairs of periods that both hold at some instant from now on, by
// their indices. Periods that adjoin do not overlap.
func Overlaps(periods []Period, now time.Time) (pairs [][2]int) {
	for b := range periods {
		for a := range b {
			if overlap(periods[a:a+1], periods[b:b+1], now) {
				pairs = append(pairs, [2]int{a, b})
			}
		}
	}
	return pairs
}

// overlapYears is the number of years in which two yearly periods are compared. Leap years
// and weekdays of clock changes repeat after 28 years. Around 2100 they repeat after 40.
const overlapYears = 40

// overlap reports whether two periods overlap. Each step is past one interval of one of
// them, of which there is at most one a year.
func overlap(p, q []Period, now time.Time) bool {
	for range 2 * overlapYears {
		i, j := Next(p, now, 1), Next(q, now, 1)
		if len(i) == 0 || len(j) == 0 {
			return false
		}
		if i[0].Start.Before(j[0].End) && j[0].Start.Before(i[0].End) {
			return true
		}
		now = i[0].Start
		if j[0].Start.After(now) {
			now = j[0].Start // the other one has ended by then
		}
	}
	return false
}
