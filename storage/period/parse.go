package period

import (
	"regexp"
	"time"

	"marquee/storage/spelling"
)

// Form is a period as editors write it.
type Form struct {
	// From and To are yyyy-mm-ddThh-mm, or mm-ddThh-mm if Every is "year".
	From string `json:"from"`
	To   string `json:"to"`
	// Every is "year", or nil for a period that holds once.
	Every *string `json:"every"`
	// Zone is an IANA name. Nil is UTC.
	Zone *string `json:"zone"`
}

// Fault is a rule that a form breaks.
type Fault struct {
	// Member is the JSON name of the member: from, to, every or zone.
	Member string
	// Value is the member's text.
	Value string
	// Reason completes a sentence that begins with the member: "must be …".
	Reason string
	// Nearest is the valid text nearest to Value, "" when none is near.
	Nearest string
}

const (
	onceLayout = "2006-01-02T15-04"
	yearLayout = "01-02T15-04"
	// someLeapYear completes a yearly date: 02-29 is one.
	someLeapYear = "2000-"
	// firstYear and lastYear bound dates, so that UTC has four digits for the year in every
	// zone.
	firstYear, lastYear = 1, 9998
)

var (
	onceForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}$`)
	yearForm = regexp.MustCompile(`^\d{2}-\d{2}T\d{2}-\d{2}$`)
)

// Parse returns the period of a form. It returns all faults at once.
//
//   - every is null or "year".
//   - zone is an IANA name with the right case, UTC when left out.
//   - from and to have the form for every, and exist: 02-29 in every yearly period, 2027-02-29
//     in none.
//   - from of a period that holds once is not after to. They may be equal: the period holds
//     for that minute. Yearly, a to before from lies in the next year.
func Parse(f Form) (p Period, faults []Fault) {
	p.zone = time.UTC
	if f.Zone != nil {
		var ok bool
		if p.zone, ok = Zone(*f.Zone); !ok {
			faults = append(faults, Fault{"zone", *f.Zone, "must be the name of a time zone in the IANA database, such as Europe/Berlin or UTC, in upper and lower case as there",
				spelling.Nearest(*f.Zone, zoneNames)})
		}
	}
	if p.yearly = f.Every != nil; p.yearly && *f.Every != "year" {
		return Period{}, append(faults, Fault{Member: "every", Value: *f.Every, Reason: `must be "year" or null`})
	}
	var reason string
	both := true
	if p.from, reason = parse(f.From, p.yearly); reason != "" {
		faults, both = append(faults, Fault{Member: "from", Value: f.From, Reason: reason}), false
	}
	if p.to, reason = parse(f.To, p.yearly); reason != "" {
		faults, both = append(faults, Fault{Member: "to", Value: f.To, Reason: reason}), false
	}
	if both && !p.yearly && p.from.After(p.to) {
		faults = append(faults, Fault{Member: "to", Value: f.To, Reason: "must not be before from, " + f.From})
	}
	if faults != nil {
		return Period{}, faults
	}
	return p, nil
}

// parse returns the civil time of a text, and otherwise the reason why it has none. A
// yearly one is in someLeapYear.
func parse(text string, yearly bool) (civil time.Time, reason string) {
	form, shape := onceForm, "must have the form yyyy-mm-ddThh-mm, such as 2027-07-04T00-00, since every is null"
	complete := text
	if yearly {
		form, shape = yearForm, `must have the form mm-ddThh-mm, such as 07-04T00-00, since every is "year"`
		complete = someLeapYear + text
	}
	if !form.MatchString(text) {
		return time.Time{}, shape
	}
	civil, err := time.Parse(onceLayout, complete)
	switch {
	case err != nil:
		return time.Time{}, "must be a date and a time that exist"
	case civil.Year() < firstYear || civil.Year() > lastYear:
		return time.Time{}, "must have a year from 0001 to 9998"
	}
	return civil, ""
}

// Stored returns the periods of forms that had no faults when they were stored. A form in
// a zone that the IANA database no longer has never holds.
func Stored(forms []Form) []Period {
	periods := make([]Period, len(forms))
	for i, f := range forms {
		p, faults := Parse(f)
		if faults != nil {
			p = never
		}
		periods[i] = p
	}
	return periods
}

// never is a period that has ended.
var never = Period{zone: time.UTC}
