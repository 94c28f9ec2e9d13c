package storage

import (
	"regexp"
	"time"
)

// timeForm is the form of a datetime in the API: ISO 8601 with hyphens instead of colons,
// seconds optional. It accepts month 99, so the date must be checked too.
var timeForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}(?:-\d{2})?$`)

const (
	timeLayout   = "2006-01-02T15-04-05"
	minuteLayout = "2006-01-02T15-04"
)

// FormatTime returns t as in replies: UTC, whole seconds.
func FormatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// ParseTime parses a datetime. span is the duration that the text covers: a second when it
// has seconds, else a minute. ok is false when the form is wrong or the date does not exist.
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

// Now returns the time as the catalogue stores it: UTC, truncated to whole seconds, so that
// comparisons use exactly what replies show.
func Now() time.Time { return time.Now().UTC().Truncate(time.Second) }
