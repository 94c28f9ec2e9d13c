package api

import (
	"regexp"
	"strings"
	"time"

	"marquee/storage"
)

// timeShape tells a date that does not exist from a text that is no date.
var timeShape = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}(?:-\d{2})?$`)

// wrongTime says what is wrong with a datetime, and shows the right form.
func wrongTime(s string) string {
	if timeShape.MatchString(s) {
		return "is no real date: " + s
	}
	return "must have the form yyyy-mm-ddThh-mm[-ss], in UTC and with hyphens, such as 2014-12-31T23-59, or be a range of them"
}

// mendTime turns the usual spellings of a datetime into the API's: with colons
// and Z or an offset, or only the day. A day begins at its first minute as FROM
// and ends with its last as TO.
func mendTime(s string, to bool) (string, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15-04-05Z"} {
		if t, err := time.Parse(layout, s); err == nil {
			return storage.FormatTime(t), true
		}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15-04Z"} {
		if t, err := time.Parse(layout, s); err == nil {
			return strings.TrimSuffix(storage.FormatTime(t), "-00"), true
		}
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", false
	}
	if to {
		return s + "T23-59", true
	}
	return s + "T00-00", true
}
