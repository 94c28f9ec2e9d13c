package period

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The model is a person who watches the clock of a zone, minute by minute.

// clock returns the time on the clock of a zone as a number of year, month, day, hour and
// minute: 202707041530.
func clock(at time.Time, zone *time.Location) int64 {
	t := at.In(zone)
	return int64(t.Year())*1e8 + int64(t.Month())*1e6 + int64(t.Day())*1e4 + int64(t.Hour())*1e2 + int64(t.Minute())
}

// watched returns the first instant at which the clock shows a number or a later one. It
// looks at each minute of two days around the time, then at each second of one of them.
func watched(shown int64, zone *time.Location) time.Time {
	utc := time.Date(int(shown/1e8), time.Month(shown/1e6%100), int(shown/1e4%100), int(shown/100%100), int(shown%100), 0, 0, time.UTC)
	at := utc.Add(-24 * time.Hour)
	for clock(at, zone) < shown {
		at = at.Add(time.Minute)
	}
	for at = at.Add(-time.Minute); clock(at, zone) < shown; {
		at = at.Add(time.Second)
	}
	return at
}

// digits returns the number of a date and time.
func digits(text string) int64 {
	n, err := strconv.ParseInt(strings.NewReplacer("-", "", "T", "").Replace(text), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// watch returns the interval that a person watches, whose times are dates with years.
func watch(from, to string, zone *time.Location) Interval {
	return Interval{watched(digits(from), zone), watched(digits(to), zone).Add(time.Minute)}
}

// intervals returns the intervals of a form that start in the years from first to last.
func intervals(f Form, first, last int) (all []Interval) {
	zone := time.UTC
	if f.Zone != nil {
		zone, _ = Zone(*f.Zone)
	}
	if f.Every == nil {
		return []Interval{watch(f.From, f.To, zone)}
	}
	for year := first; year <= last; year++ {
		end := year
		if f.To < f.From {
			end++
		}
		if strings.HasPrefix(f.From, "02-29") && strings.HasPrefix(f.To, "02-29") && end == year && !exists(year) {
			continue
		}
		from, to := strconv.Itoa(year)+"-"+f.From, strconv.Itoa(end)+"-"+f.To
		if strings.HasPrefix(f.From, "02-29") && !exists(year) {
			from = strconv.Itoa(year) + "-03-01T00-00"
		}
		if strings.HasPrefix(f.To, "02-29") && !exists(end) {
			to = strconv.Itoa(end) + "-02-28T23-59"
		}
		all = append(all, watch(from, to, zone))
	}
	return all
}

// exists reports whether a year has a 29 February.
func exists(year int) bool {
	_, err := time.Parse(time.DateOnly, strconv.Itoa(year)+"-02-29")
	return err == nil
}

// changes returns the instants at which the clock of a zone changes in a year.
func changes(zone *time.Location, year int) (all []time.Time) {
	for t := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).In(zone); ; {
		end, ok := nextChange(t)
		if !ok || end.UTC().Year() > year {
			return all
		}
		all, t = append(all, end), end
	}
}

// drawTime draws a time in a year, often one near a change of the clock or a leap day.
func drawTime(t *rapid.T, name string, zone *time.Location, year int) time.Time {
	center := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(t, name+" minute")) * time.Minute)
	if all := changes(zone, year); len(all) > 0 && rapid.IntRange(0, 2).Draw(t, name+" at a change") > 0 {
		at := rapid.SampledFrom(all).Draw(t, name+" change")
		_, offset := at.Add(-time.Second).Zone()
		center = at.UTC().Add(time.Duration(offset)*time.Second + time.Duration(rapid.IntRange(-90, 90).Draw(t, name+" from it"))*time.Minute)
	} else if rapid.IntRange(0, 4).Draw(t, name+" at a leap day") == 0 {
		leap := year - year%4
		if !exists(leap) {
			leap -= 4
		}
		center = time.Date(leap, 2, 29, rapid.IntRange(0, 23).Draw(t, name+" hour"), 0, 0, 0, time.UTC)
	}
	return center
}

// drawForm draws a form without faults. Half of the forms hold every year.
func drawForm(t *rapid.T, name string, year int) Form {
	zoneName := rapid.SampledFrom(slices.Sorted(maps.Keys(zones))).Draw(t, name+" zone")
	zone, _ := Zone(zoneName)
	from, to := drawTime(t, name+" from", zone, year), drawTime(t, name+" to", zone, year)
	if rapid.Bool().Draw(t, name+" yearly") {
		return form(from.Format(yearLayout), to.Format(yearLayout), "year", zoneName)
	}
	if from.After(to) {
		from, to = to, from
	}
	return form(from.Format(onceLayout), to.Format(onceLayout), "", zoneName)
}

// Everything that the package says of periods is as a person would say who watches the
// clocks of their zones.
func TestPeriodsFollowTheClock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(1970, 2100).Draw(t, "year")
		var periods []Period
		var all []Interval
		for k := range rapid.IntRange(1, 2).Draw(t, "periods") {
			f := drawForm(t, strconv.Itoa(k), year)
			p, faults := Parse(f)
			if faults != nil {
				t.Fatalf("%+v: %+v", f, faults)
			}
			periods = append(periods, p)
			all = append(all, intervals(f, year-3, year+13)...)
		}
		for range 10 {
			edges := rapid.SampledFrom(all).Draw(t, "interval")
			edge := rapid.SampledFrom([]time.Time{edges.Start, edges.End}).Draw(t, "edge")
			if edge.Year() < year-1 || edge.Year() > year { // the model has the years around
				edge = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
			}
			now := edge.Add(time.Duration(rapid.SampledFrom([]int{-3600, -1, 0, 1, 59, 86400}).Draw(t, "seconds")) * time.Second)
			compare(t, periods, all, now)
		}
	})
}

// compare compares what the package says at an instant with the intervals of the model.
func compare(t *rapid.T, periods []Period, all []Interval, now time.Time) {
	var current, next *Interval
	var later []Interval
	var turn time.Time
	for _, i := range all {
		for _, edge := range []time.Time{i.Start, i.End} {
			if edge.After(now) && (turn.IsZero() || edge.Before(turn)) {
				turn = edge
			}
		}
		switch {
		case !i.End.After(now):
			continue
		case i.Start.After(now):
			if next == nil || i.Start.Before(next.Start) || i.Start.Equal(next.Start) && i.End.After(next.End) {
				next = &i
			}
		case current == nil || i.End.After(current.End) || i.End.Equal(current.End) && i.Start.Before(current.Start):
			current = &i
		}
		later = append(later, i)
	}
	if got := Active(periods, now); got != (current != nil) {
		t.Fatalf("%v: got active %v, want %v", now, got, current)
	}
	if current == nil {
		current = next
	}
	if got, ok := Current(periods, now); ok != (current != nil) || ok && got != *current {
		t.Fatalf("%v: got the interval %v, want %v", now, got, current)
	}
	if got, ok := Boundary(periods, now); ok == turn.IsZero() || ok && !got.Equal(turn) {
		t.Fatalf("%v: got the boundary %v, want %v", now, got, turn)
	}
	slices.SortFunc(later, func(i, j Interval) int {
		if i.Start.Equal(j.Start) {
			return i.End.Compare(j.End)
		}
		return i.Start.Compare(j.Start)
	})
	if got, want := Next(periods, now, 2), later[:min(2, len(later))]; !slices.Equal(got, want) {
		t.Fatalf("%v: got the next %v, want %v", now, got, want)
	}
}

// Two periods overlap if the intervals of the model do, and only if a later one may.
func TestOverlapsFollowTheClock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(1970, 2100).Draw(t, "year")
		p, q := drawForm(t, "p", year), drawForm(t, "q", year)
		pp, _ := Parse(p)
		qq, _ := Parse(q)
		now := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		want := false
		for _, i := range intervals(p, year-2, year+9) {
			for _, j := range intervals(q, year-2, year+9) {
				want = want || i.End.After(now) && j.End.After(now) && i.Start.Before(j.End) && j.Start.Before(i.End)
			}
		}
		got := len(Overlaps([]Period{pp, qq}, now)) == 1
		if once := p.Every == nil || q.Every == nil; want && !got || got && !want && once {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
