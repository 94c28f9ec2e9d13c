package wire

import (
	"time"

	"marquee/storage"
	"marquee/storage/period"
)

// Prospect is what editors see of an object with periods before the public does.
type Prospect struct {
	// At is the instant that it is about.
	At time.Time
	// Total is the number of films that it shows.
	Total int
	// Periods are the intervals that hold at the instant or come next.
	Periods []period.Interval
	Pages   []ProspectPage
	// Problems say what an editor should look at.
	Problems []string
}

// ProspectPage is a page that the public asks for.
type ProspectPage struct {
	// URL is its path and query.
	URL string `json:"url"`
	// Bytes is the size of its body.
	Bytes int `json:"bytes"`
	// Kept reports that the cache has it.
	Kept bool `json:"kept"`
}

// prospectPeriod has the first and the last second of an interval.
type prospectPeriod struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Body returns the body of the reply.
func (p *Prospect) Body() ([]byte, error) {
	r := struct {
		Meta emptyMeta `json:"meta"`
		Plan struct {
			At       string           `json:"at"`
			Total    int              `json:"movies"`
			Periods  []prospectPeriod `json:"periods"`
			Pages    []ProspectPage   `json:"pages"`
			Problems []string         `json:"problems"`
		} `json:"plan"`
	}{}
	r.Plan.At, r.Plan.Total = storage.FormatTime(p.At), p.Total
	r.Plan.Periods, r.Plan.Pages, r.Plan.Problems = make([]prospectPeriod, len(p.Periods)), append([]ProspectPage{}, p.Pages...), append([]string{}, p.Problems...)
	for i, interval := range p.Periods {
		r.Plan.Periods[i] = prospectPeriod{storage.FormatTime(interval.Start), storage.FormatTime(interval.Last())}
	}
	return marshal("a plan", &r)
}
