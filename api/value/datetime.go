package value

import (
	"regexp"
	"strings"
	"time"

	"marquee/storage"
)

// timeForm matches a datetime that may not exist, such as 2014-02-30T00-00.
var timeForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}(?:-\d{2})?$`)

// reasonOfTime says what is wrong with a datetime, and shows the right form.
func reasonOfTime(s string) string {
	if timeForm.MatchString(s) {
		return "is not a real date: " + s
	}
	return "must have the form yyyy-mm-ddThh-mm[-ss], in UTC and with hyphens, such as 2014-12-31T23-59, or be a range of them"
}

// fixTime converts common spellings of a datetime: with colons, with Z or an
// offset, or only a day. As the end of a range, a day stands for its last minute,
// otherwise for its first.
func fixTime(s string, isEnd bool) (string, bool) {
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
	if isEnd {
		return s + "T23-59", true
	}
	return s + "T00-00", true
}
