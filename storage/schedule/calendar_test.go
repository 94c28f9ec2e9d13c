package schedule_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/storage/period"
	"marquee/storage/schedule"
)

// day is the day of the model, whose clock only has minutes.
var day = time.Date(2027, 7, 4, 0, 0, 0, 0, time.UTC)

const dayMinutes = 40

// span is a period of the model: its first and last minute.
type span struct{ from, to int }

func (s span) form() period.Form {
	text := func(minute int) string {
		return day.Add(time.Duration(minute) * time.Minute).Format("2006-01-02T15-04")
	}
	return period.Form{From: text(s.from), To: text(s.to)}
}

// model has the periods of collections.
type model map[string][]span

func drawModel(t *rapid.T) model {
	spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) span {
		from := rapid.IntRange(1, dayMinutes-2).Draw(t, "from")
		return span{from, rapid.IntRange(from, dayMinutes-2).Draw(t, "to")}
	}), 0, 3)
	return rapid.MapOfN(rapid.StringMatching(`[a-d]`), spans, 0, 4).Draw(t, "collections")
}

func (m model) calendar() *schedule.Calendar {
	periods := map[string][]period.Period{}
	for id, spans := range m {
		var forms []period.Form
		for _, s := range spans {
			forms = append(forms, s.form())
		}
		periods[id] = period.Stored(forms)
	}
	return schedule.New(schedule.Stamp{Count: len(m)}, periods)
}

func (m model) active(id string, minute int) bool {
	spans, ok := m[id]
	return ok && (len(spans) == 0 || slices.ContainsFunc(spans, func(s span) bool { return s.from <= minute && minute <= s.to }))
}

// turns returns the ids of collections of which a period starts or ends with a minute.
func (m model) turns(minute int) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(m)) {
		if slices.ContainsFunc(m[id], func(s span) bool { return s.from == minute || s.to+1 == minute }) {
			ids = append(ids, id)
		}
	}
	return ids
}

// A calendar says of every minute what a model says that looks at each.
func TestCalendarAgreesWithModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		c := m.calendar()
		for range 5 { // in any order, as requests ask
			minute := rapid.IntRange(0, dayMinutes-1).Draw(t, "minute")
			at := day.Add(time.Duration(minute)*time.Minute + time.Duration(rapid.IntRange(0, 59999).Draw(t, "ms"))*time.Millisecond)
			inactive := []string{}
			for _, id := range slices.Sorted(maps.Keys(m)) {
				if c.Active(id, at) != m.active(id, minute) {
					t.Fatalf("%s is active at %s: got %t", id, at, c.Active(id, at))
				}
				if !m.active(id, minute) {
					inactive = append(inactive, id)
				}
			}
			if diff := cmp.Diff(inactive, c.Inactive(at)); diff != "" {
				t.Fatalf("inactive at %s (-want +got):\n%s", at, diff)
			}
			next := minute + 1
			for next <= dayMinutes && m.turns(next) == nil {
				next++
			}
			b, ok := c.Boundary(at)
			if want := day.Add(time.Duration(next) * time.Minute); ok != (next <= dayMinutes) || ok && !b.Equal(want) {
				t.Fatalf("boundary after %s: got %s, %t, want %s", at, b, ok, want)
			}
		}
		if c.Active("e", day) {
			t.Fatal("a collection that does not exist is active")
		}
		from := rapid.IntRange(0, dayMinutes).Draw(t, "from")
		to := rapid.IntRange(0, dayMinutes).Draw(t, "to")
		want, got := []string{}, []string{}
		for minute := from + 1; minute <= to; minute++ {
			for _, id := range m.turns(minute) {
				want = append(want, fmt.Sprint(minute, id))
			}
		}
		for _, turn := range c.Turns(day.Add(time.Duration(from)*time.Minute), day.Add(time.Duration(to)*time.Minute)) {
			got = append(got, fmt.Sprint(int(turn.At.Sub(day)/time.Minute), turn.ID))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("turns (-want +got):\n%s", diff)
		}
	})
}

// Yearly periods turn for ever. The turns of a long time come in parts, and the caller
// goes on after the last one.
func TestTurnsAreBounded(t *testing.T) {
	t.Parallel()
	year, zone := "year", "America/New_York"
	form := []period.Form{{From: "07-04T00-00", To: "07-04T23-59", Every: &year, Zone: &zone}}
	c := schedule.New(schedule.Stamp{Version: 1, Count: 2}, map[string][]period.Period{"a": period.Stored(form), "b": period.Stored(form)})
	from, to := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)
	var all []string
	for {
		turns := c.Turns(from, to)
		if len(turns) > schedule.MaxTurns+1 {
			t.Fatalf("%d turns at once", len(turns))
		}
		if len(turns) == 0 {
			break
		}
		for _, turn := range turns {
			all = append(all, turn.At.Format(time.RFC3339)+turn.ID)
		}
		from = turns[len(turns)-1].At
	}
	if len(all) != 4*1000 || !slices.IsSorted(all) || len(slices.Compact(all)) != 4*1000 {
		t.Errorf("%d turns in 1,000 years of two collections, the first %s", len(all), strings.Join(all[:2], " "))
	}
}

// many returns a calendar of collections with 20 yearly periods each.
func many(n int) *schedule.Calendar {
	year, zone := "year", "Europe/Berlin"
	periods := map[string][]period.Period{}
	for i := range n {
		var forms []period.Form
		for k := range 20 {
			forms = append(forms, period.Form{From: fmt.Sprintf("%02d-%02dT00-00", 1+k%12, 1+i%28), To: fmt.Sprintf("%02d-%02dT12-00", 1+k%12, 1+i%28), Every: &year, Zone: &zone})
		}
		periods[fmt.Sprint(i)] = period.Stored(forms)
	}
	return schedule.New(schedule.Stamp{Count: n}, periods)
}
