package value

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"marquee/api/querystring"
	"marquee/storage"
)

// decimalForm is matched before strconv parses the text, because strconv also
// accepts 0x1p3, 1_000 and NaN.
var decimalForm = regexp.MustCompile(`^(0|[1-9][0-9]*)(?:\.([0-9]+))?$`)

// decimal is an exact decimal of any precision.
type decimal struct {
	whole    int64
	fraction string // without trailing zeros
}

// maxRating is the highest rating of a filter.
const maxRating = 10

func parseDecimal(s string) (decimal, bool) {
	m := decimalForm.FindStringSubmatch(s)
	if m == nil {
		return decimal{}, false
	}
	n, err := strconv.ParseInt(m[1], 10, 32)
	d := decimal{whole: n, fraction: strings.TrimRight(m[2], "0")}
	return d, err == nil && d.compare(decimal{whole: maxRating}) <= 0
}

func (d decimal) compare(o decimal) int {
	return cmp.Or(cmp.Compare(d.whole, o.whole), cmp.Compare(d.fraction, o.fraction))
}

// floor and ceil round to tenths, the unit in which ratings are stored.
func (d decimal) floor() int64 {
	tenths := d.whole * 10
	if d.fraction != "" {
		tenths += int64(d.fraction[0] - '0')
	}
	return tenths
}

func (d decimal) ceil() int64 {
	if len(d.fraction) > 1 {
		return d.floor() + 1
	}
	return d.floor()
}

// fixDecimal removes a leading sign, spaces and zeros, and replaces a value above
// the highest rating by that.
func fixDecimal(s string) (string, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "+")
	if trimmed := strings.TrimLeft(s, "0"); trimmed != "" && trimmed[0] != '.' {
		s = trimmed
	}
	if strings.HasPrefix(s, ".") {
		s = "0" + s
	}
	s = strings.TrimSuffix(s, ".")
	if _, ok := parseDecimal(s); !ok && decimalForm.MatchString(s) {
		s = strconv.Itoa(maxRating)
	}
	_, ok := parseDecimal(s)
	return s, ok
}

// Above parses the rating that wanted ratings are above. Rounding it down to
// tenths changes nothing, because ratings have one decimal.
func Above(value string) (*storage.Condition, []querystring.Fault) {
	d, ok := parseDecimal(value)
	if !ok {
		f := querystring.Bad(value, "must be a number from 0.0 to 10.0, digits with an optional fraction")
		if fixed, ok := fixDecimal(value); ok {
			f = f.Set(fixed)
		}
		return nil, []querystring.Fault{f}
	}
	tenths := d.floor()
	return &storage.Condition{Range: storage.Range{From: &tenths}}, nil
}
