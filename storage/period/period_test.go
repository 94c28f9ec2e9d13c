package period

import (
	"reflect"
	"testing"
	"time"
)

const seconds = "2006-01-02T15:04:05"

// at returns an instant of UTC.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(seconds, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// valid returns the period of a form without faults.
func valid(t testing.TB, from, to, every, zone string) Period {
	t.Helper()
	p, faults := Parse(form(from, to, every, zone))
	if faults != nil {
		t.Fatalf("%s to %s, %s, %s: %+v", from, to, every, zone, faults)
	}
	return p
}

// The next intervals from an instant on, each from its first to its last second in UTC.
func TestIntervals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, to, every, zone string
		now                   string
		want                  []string // starts and last seconds in turn
	}{
		"once": {"2027-07-04T00-00", "2027-07-04T23-59", "", "America/New_York", "2027-01-01T00:00:00",
			[]string{"2027-07-04T04:00:00", "2027-07-05T03:59:59"}},
		"over": {"2027-07-04T00-00", "2027-07-04T23-59", "", "UTC", "2027-07-05T00:00:00", nil},
		"its last second": {"2027-07-04T00-00", "2027-07-04T00-00", "", "", "2027-07-04T00:00:59",
			[]string{"2027-07-04T00:00:00", "2027-07-04T00:00:59"}},
		"yearly over new year": {"12-24T00-00", "01-06T23-59", "year", "Europe/Berlin", "2027-01-06T22:59:59",
			[]string{"2026-12-23T23:00:00", "2027-01-06T22:59:59", "2027-12-23T23:00:00", "2028-01-06T22:59:59"}},
		"yearly, all year": {"03-01T00-00", "02-29T23-59", "year", "", "2027-12-31T00:00:00",
			[]string{"2027-03-01T00:00:00", "2028-02-29T23:59:59", "2028-03-01T00:00:00", "2029-02-28T23:59:59"}},
		"within a leap day": {"02-29T10-00", "02-29T12-00", "year", "", "2096-03-01T00:00:00",
			[]string{"2104-02-29T10:00:00", "2104-02-29T12:00:59", "2108-02-29T10:00:00", "2108-02-29T12:00:59"}},
		"from a leap day to before": {"02-29T12-00", "02-29T10-00", "year", "", "2027-03-01T00:00:00",
			[]string{"2027-03-01T00:00:00", "2028-02-29T10:00:59", "2028-02-29T12:00:00", "2029-02-28T23:59:59"}},
		"from a leap day": {"02-29T10-00", "03-02T00-00", "year", "", "2027-01-01T00:00:00",
			[]string{"2027-03-01T00:00:00", "2027-03-02T00:00:59", "2028-02-29T10:00:00", "2028-03-02T00:00:59"}},
		"to a leap day": {"02-27T00-00", "02-29T10-00", "year", "", "2027-01-01T00:00:00",
			[]string{"2027-02-27T00:00:00", "2027-02-28T23:59:59", "2028-02-27T00:00:00", "2028-02-29T10:00:59"}},
		"a leap day in 1900": {"1900-03-01T00-00", "1900-03-01T00-00", "", "", "1900-01-01T00:00:00",
			[]string{"1900-03-01T00:00:00", "1900-03-01T00:00:59"}},
		"from a time left out": {"2027-03-28T02-30", "2027-03-28T04-00", "", "Europe/Berlin", "2027-01-01T00:00:00",
			[]string{"2027-03-28T01:00:00", "2027-03-28T02:00:59"}},
		"to a time left out": {"2027-03-28T00-00", "2027-03-28T02-30", "", "Europe/Berlin", "2027-01-01T00:00:00",
			[]string{"2027-03-27T23:00:00", "2027-03-28T01:00:59"}},
		"both left out": {"2027-03-28T02-10", "2027-03-28T02-50", "", "Europe/Berlin", "2027-01-01T00:00:00",
			[]string{"2027-03-28T01:00:00", "2027-03-28T01:00:59"}},
		"times that happen twice": {"2027-10-31T02-15", "2027-10-31T02-45", "", "Europe/Berlin", "2027-01-01T00:00:00",
			[]string{"2027-10-31T00:15:00", "2027-10-31T00:45:59"}},
		"over times that happen twice": {"2027-10-31T02-15", "2027-10-31T03-00", "", "Europe/Berlin", "2027-01-01T00:00:00",
			[]string{"2027-10-31T00:15:00", "2027-10-31T02:00:59"}},
		"Samoa left out a day": {"2011-12-30T10-00", "2011-12-30T20-00", "", "Pacific/Apia", "2011-01-01T00:00:00",
			[]string{"2011-12-30T10:00:00", "2011-12-30T10:00:59"}},
		"around the day that Samoa left out": {"2011-12-29T00-00", "2011-12-31T23-59", "", "Pacific/Apia", "2011-01-01T00:00:00",
			[]string{"2011-12-29T10:00:00", "2011-12-31T09:59:59"}},
		"Kwajalein left out a day": {"1993-08-21T00-00", "1993-08-22T00-00", "", "Pacific/Kwajalein", "1993-01-01T00:00:00",
			[]string{"1993-08-21T12:00:00", "1993-08-21T12:00:59"}},
		"Lord Howe's half hour, left out": {"2027-10-03T02-10", "2027-10-03T02-40", "", "Australia/Lord_Howe", "2027-01-01T00:00:00",
			[]string{"2027-10-02T15:30:00", "2027-10-02T15:40:59"}},
		"Lord Howe's half hour, twice": {"2027-04-04T01-35", "2027-04-04T02-00", "", "Australia/Lord_Howe", "2027-01-01T00:00:00",
			[]string{"2027-04-03T14:35:00", "2027-04-03T15:30:59"}},
		"Casablanca in Ramadan and else": {"04-10T12-00", "04-10T12-00", "year", "Africa/Casablanca", "2022-01-01T00:00:00",
			[]string{"2022-04-10T12:00:00", "2022-04-10T12:00:59", "2023-04-10T12:00:00", "2023-04-10T12:00:59", "2024-04-10T12:00:00", "2024-04-10T12:00:59",
				"2025-04-10T11:00:00", "2025-04-10T11:00:59"}},
		"a midnight left out": {"2017-10-15T00-00", "2017-10-15T23-59", "", "America/Sao_Paulo", "2017-01-01T00:00:00",
			[]string{"2017-10-15T03:00:00", "2017-10-16T01:59:59"}},
		"a midnight left out, as the end": {"2017-10-14T12-00", "2017-10-15T00-00", "", "America/Sao_Paulo", "2017-01-01T00:00:00",
			[]string{"2017-10-14T15:00:00", "2017-10-15T03:00:59"}},
		"Kathmandu, three quarters of an hour": {"2027-04-14T00-00", "2027-04-14T23-59", "", "Asia/Kathmandu", "2027-01-01T00:00:00",
			[]string{"2027-04-13T18:15:00", "2027-04-14T18:14:59"}},
		"Kathmandu, a quarter of an hour left out": {"1986-01-01T00-05", "1986-01-01T00-20", "", "Asia/Kathmandu", "1985-01-01T00:00:00",
			[]string{"1985-12-31T18:30:00", "1985-12-31T18:35:59"}},
		"Monrovia's seconds": {"1972-01-06T12-00", "1972-01-07T00-44", "", "Africa/Monrovia", "1972-01-01T00:00:00",
			[]string{"1972-01-06T12:44:30", "1972-01-07T00:45:29"}},
		"the last day of a leap year": {"2096-12-31T12-00", "2097-01-01T12-00", "", "Pacific/Auckland", "2096-01-01T00:00:00",
			[]string{"2096-12-30T23:00:00", "2096-12-31T23:00:59"}},
		"far years": {"9998-07-04T00-00", "9998-12-31T23-59", "", "America/New_York", "2027-01-01T00:00:00",
			[]string{"9998-07-04T04:00:00", "9999-01-01T04:59:59"}},
		"the first year": {"0001-01-01T00-00", "0001-01-01T00-00", "", "", "0001-01-01T00:00:00",
			[]string{"0001-01-01T00:00:00", "0001-01-01T00:00:59"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := valid(t, c.from, c.to, c.every, c.zone)
			var got []string
			for _, i := range Next([]Period{p}, at(t, c.now), max(1, len(c.want)/2)) {
				got = append(got, i.Start.Format(seconds), i.Last().Format(seconds))
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %v\nwant %v", got, c.want)
			}
		})
	}
}

// The interval that is shown of several periods, and the next turn, as time goes on.
func TestSeveralPeriods(t *testing.T) {
	t.Parallel()
	periods := []Period{
		valid(t, "2027-07-01T00-00", "2027-07-10T23-59", "", ""),
		valid(t, "2027-07-04T00-00", "2027-07-04T23-59", "", ""), // within the first
		valid(t, "2027-07-08T00-00", "2027-07-20T23-59", "", ""), // overlaps the first
		valid(t, "2027-07-21T00-00", "2027-07-21T23-59", "", ""), // adjoins
		valid(t, "2027-09-01T00-00", "2027-09-01T23-59", "", ""),
		valid(t, "2027-09-01T00-00", "2027-09-02T23-59", "", ""), // starts with the one before
	}
	for _, c := range []struct {
		now, start, last string
		active           bool
		turn             string
	}{
		{"2027-06-30T23:59:59", "2027-07-01", "2027-07-10", false, "2027-07-01"},
		{"2027-07-01T00:00:00", "2027-07-01", "2027-07-10", true, "2027-07-04"},
		{"2027-07-04T12:00:00", "2027-07-01", "2027-07-10", true, "2027-07-05"},
		{"2027-07-08T00:00:00", "2027-07-08", "2027-07-20", true, "2027-07-11"},
		{"2027-07-20T23:59:59", "2027-07-08", "2027-07-20", true, "2027-07-21"},
		{"2027-07-21T00:00:00", "2027-07-21", "2027-07-21", true, "2027-07-22"},
		{"2027-07-22T00:00:00", "2027-09-01", "2027-09-02", false, "2027-09-01"},
		{"2027-09-01T00:00:00", "2027-09-01", "2027-09-02", true, "2027-09-02"},
		{"2027-09-02T23:59:59", "2027-09-01", "2027-09-02", true, "2027-09-03"},
	} {
		now := at(t, c.now)
		current, ok := Current(periods, now)
		turn, turns := Boundary(periods, now)
		if !ok || current.Start.Format(time.DateOnly) != c.start || current.Last().Format(time.DateOnly) != c.last || Active(periods, now) != c.active ||
			!turns || turn.Format(seconds) != c.turn+"T00:00:00" {
			t.Errorf("%s: got %v, %v, turns at %v; want %+v", c.now, current, Active(periods, now), turn, c)
		}
	}
	over := at(t, "2027-09-03T00:00:00")
	if i, ok := Current(periods, over); ok || Active(periods, over) {
		t.Errorf("after all periods: got %v", i)
	}
	if b, ok := Boundary(periods, over); ok || len(Next(periods, over, 5)) > 0 {
		t.Errorf("after all periods: got the boundary %v", b)
	}
	if !Active(nil, over) {
		t.Error("without periods: not active, want always")
	}
	if got := Next(periods, at(t, "2027-07-08T00:00:00"), 2); len(got) != 2 || got[0].Start.Day() != 1 || got[1].Start.Day() != 8 {
		t.Errorf("got %v, want the two that hold", got)
	}
	if got, want := Overlaps(periods, at(t, "2027-01-01T00:00:00")), [][2]int{{0, 1}, {0, 2}, {4, 5}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got the overlaps %v, want %v", got, want)
	}
	if got, want := Overlaps(periods, at(t, "2027-08-01T00:00:00")), [][2]int{{4, 5}}; !reflect.DeepEqual(got, want) {
		t.Errorf("later: got the overlaps %v, want %v", got, want)
	}
}

// Yearly periods overlap also if they do so only years later, or with one that holds once.
func TestYearlyOverlaps(t *testing.T) {
	t.Parallel()
	now := at(t, "2097-01-01T00:00:00")
	for name, c := range map[string]struct {
		p, q Period
		want bool
	}{
		"summer and a day of it":           {valid(t, "06-01T00-00", "08-31T23-59", "year", ""), valid(t, "07-04T00-00", "07-04T23-59", "year", ""), true},
		"summer and winter":                {valid(t, "06-01T00-00", "08-31T23-59", "year", ""), valid(t, "12-01T00-00", "02-29T23-59", "year", ""), false},
		"winter and spring adjoin":         {valid(t, "03-01T00-00", "05-31T23-59", "year", ""), valid(t, "12-01T00-00", "02-29T23-59", "year", ""), false},
		"a leap day, years later":          {valid(t, "02-29T00-00", "02-29T23-59", "year", ""), valid(t, "02-01T00-00", "02-29T12-00", "year", ""), true},
		"a leap day and its neighbours":    {valid(t, "02-29T00-00", "02-29T23-59", "year", ""), valid(t, "03-01T00-00", "02-28T23-59", "year", ""), false},
		"a summer far away":                {valid(t, "06-01T00-00", "08-31T23-59", "year", ""), valid(t, "5027-08-31T23-59", "5027-12-31T00-00", "", ""), true},
		"an autumn far away":               {valid(t, "06-01T00-00", "08-31T23-59", "year", ""), valid(t, "5027-09-01T00-00", "5027-12-31T00-00", "", ""), false},
		"midnights an hour apart":          {valid(t, "07-04T00-00", "07-04T23-59", "year", "Europe/Berlin"), valid(t, "07-05T00-00", "07-05T23-59", "year", "Europe/London"), false},
		"midnights an hour apart, swapped": {valid(t, "07-04T00-00", "07-04T23-59", "year", "Europe/London"), valid(t, "07-05T00-00", "07-05T23-59", "year", "Europe/Berlin"), true},
	} {
		if got := len(Overlaps([]Period{c.p, c.q}, now)) == 1; got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		if got := len(Overlaps([]Period{c.q, c.p}, now)) == 1; got != c.want {
			t.Errorf("%s, in the other order: got %v, want %v", name, got, c.want)
		}
	}
}
