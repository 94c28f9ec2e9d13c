package storage

import (
	"regexp"
	"time"
)

// timeForm is the datetime expression of the API: ISO 8601 with hyphens
// instead of colons, seconds optional. It lets month 99 through, so a match
// still has to be a real date.
var timeForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}(?:-\d{2})?$`)

const (
	timeLayout   = "2006-01-02T15-04-05"
	minuteLayout = "2006-01-02T15-04"
)

// FormatTime writes t as replies show it: UTC, whole seconds.
func FormatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// ParseTime reads a datetime. The span is how long the text stands for: a
// second when it has seconds, else a minute. ok is false when the form is
// wrong or no such moment exists.
func ParseTime(s string) (t time.Time, span time.Duration, ok bool) {
	if !timeForm.MatchString(s) {
		return time.Time{}, 0, false
	}
	layout, span := timeLayout, time.Second
	if len(s) == len(minuteLayout) {
		layout, span = minuteLayout, time.Minute
	}
	t, err := time.Parse(layout, s)
	return t, span, err == nil
}

// Now is the clock's time as the catalogue keeps it: UTC, cut to whole
// seconds, so that what a reply shows is all that there is to compare.
func Now() time.Time { return time.Now().UTC().Truncate(time.Second) }
