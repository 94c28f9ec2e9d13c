package value

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"marquee/api/querystring"
	"marquee/storage/spelling"
)

// The forms of whole numbers. They are matched before strconv parses the text,
// because strconv also accepts +5, 007 and 1_000.
var (
	wholeForm = regexp.MustCompile(`^(?:0|[1-9][0-9]*)$`)
	looseForm = regexp.MustCompile(`^ *([+-]?)0*([0-9]{1,18}) *$`)
)

// Whole parses a whole number from low to high. With a fault it returns low.
func Whole(value string, low, high int64) (int64, []querystring.Fault) {
	n, ok := whole(value)
	if ok && n >= low && n <= high {
		return n, nil
	}
	f := querystring.Bad(value, fmt.Sprintf("must be an integer from %d to %d", low, high))
	if n, ok := looseWhole(value); ok {
		f = f.Set(strconv.FormatInt(min(max(n, low), high), 10))
	}
	return low, []querystring.Fault{f}
}

// whole parses a whole number without sign and leading zeros. It returns false
// for another form, and for a number over 64 bits.
func whole(s string) (n int64, ok bool) {
	if !wholeForm.MatchString(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// looseWhole parses a whole number with spaces, a sign or leading zeros, for fixes.
func looseWhole(s string) (int64, bool) {
	m := looseForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.Trim(m[1], "+")+m[2], 10, 64)
	return n, err == nil
}

// Flag parses true or false.
func Flag(value string) (bool, []querystring.Fault) {
	switch value {
	case "true", "false":
		return value == "true", nil
	}
	var nearest string
	switch word := strings.ToLower(strings.TrimSpace(value)); word {
	case "1", "yes", "on", "t":
		nearest = "true"
	case "0", "no", "off", "f":
		nearest = "false"
	default:
		nearest = spelling.Nearest(word, []string{"true", "false"})
	}
	return false, []querystring.Fault{querystring.Bad(value, "must be true or false").Suggest(nearest)}
}
