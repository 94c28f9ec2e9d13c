package storage_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"marquee/storage"
)

func TestDecimalsAreWrittenWithOneDigit(t *testing.T) {
	t.Parallel()
	for d, want := range map[storage.Decimal]string{0: "0.0", 1: "0.1", 9: "0.9", 10: "1.0", 72: "7.2", 100: "10.0", 12345: "1234.5", -1: "-0.1", -10: "-1.0", -105: "-10.5"} {
		if got := d.String(); got != want {
			t.Errorf("%d tenths: got %q, want %q", int64(d), got, want)
		}
	}
}

func TestParseDecimalAcceptsOneDigitAfterThePoint(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]storage.Decimal{"0": 0, "0.0": 0, "7": 70, "7.0": 70, "7.2": 72, "7.20": 72, "7.2000000000000000": 72, "10": 100, "10.0": 100, "123456789012345.6": 1234567890123456,
		"1e1": 100, "72e-1": 72, "0.72E+1": 72, "0e99999999999999999999": 0, "-0": 0, "-1.50": -15, "12345678901234567.8": 123456789012345678} {
		if d, ok := storage.ParseDecimal(s); !ok || d != want {
			t.Errorf("ParseDecimal(%q): got %v, %t; want %v", s, d, ok, want)
		}
	}
}

func TestParseDecimalRefusesEverythingElse(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", ".", "5.", ".5", "+5", "+", "-", "-.", "7.25", "7.05", "7.2.0", "7,2", "1e-2", "1e", "e1", "1e99999999999999999999", "1e1073741825", "0x1p3", "1_0", "NaN", "Inf", "7.a", "a.7", " 7", "7 ", "7.-1", "٧",
		"123456789012345678", "99999999999999999999"} {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			if d, ok := storage.ParseDecimal(s); ok {
				t.Errorf("%q: got %v, want a refusal", s, d)
			}
		})
	}
}

// Spellings of one number are equal.
func TestParseIntegerTakesEverySpelling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(-1e17, 1e17).Draw(t, "integer")
		zeros := rapid.IntRange(0, 5).Draw(t, "zeros")
		for _, s := range []string{fmt.Sprint(want), fmt.Sprintf("%d.%0*d", want, zeros+1, 0), fmt.Sprintf("%de0", want),
			fmt.Sprintf("%d%0*de-%d", want, zeros+1, 0, zeros+1)} {
			if got, ok := storage.ParseInteger(s); !ok || got != want {
				t.Errorf("ParseInteger(%s): got %d, %t", s, got, ok)
			}
		}
	})
	for _, s := range []string{"", "7.5", "75e-1", "1e18", "9999999999999999999", "1e99999999999999999999", "0x7", " 7"} {
		if n, ok := storage.ParseInteger(s); ok {
			t.Errorf("ParseInteger(%q): got %d, want a refusal", s, n)
		}
	}
}

func TestDecimalsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := storage.Decimal(rapid.Int64Range(0, 1e16-1).Draw(t, "tenths"))
		if got, ok := storage.ParseDecimal(want.String()); !ok || got != want {
			t.Errorf("ParseDecimal(%s): got %v, %t", want, got, ok)
		}
	})
}

func TestParseTimeReturnsTimeAndSpan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want time.Time
		span time.Duration
	}{
		{"2014-12-31T23-59", time.Date(2014, 12, 31, 23, 59, 0, 0, time.UTC), time.Minute},
		{"2014-12-31T23-59-00", time.Date(2014, 12, 31, 23, 59, 0, 0, time.UTC), time.Second},
		{"2014-12-31T23-59-59", time.Date(2014, 12, 31, 23, 59, 59, 0, time.UTC), time.Second},
		{"2024-02-29T00-00", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), time.Minute},
		{"0001-01-01T00-00-00", time.Time{}, time.Second},
		{"9999-12-31T23-59-59", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Second},
	}
	for _, tt := range tests {
		got, span, ok := storage.ParseTime(tt.text)
		if !ok || !got.Equal(tt.want) || span != tt.span || got.Location() != time.UTC {
			t.Errorf("ParseTime(%s): got %v, span %v, %t", tt.text, got, span, ok)
		}
	}
}

func TestParseTimeRefusesOtherTexts(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "2014", "2014-12-31", "2014-12-31T", "2014-12-31T23", "2014-12-31T23-5", "2014-12-31T23-59-", "2014-12-31T23-59-5", "2014-12-31T23-59-59-00",
		"2014-12-31T23:59", "2014-12-31T23:59:00", "2014-12-31T23-59Z", "2014-12-31T23-59-00Z", "2014-12-31T23-59+01-00", "2014-12-31t23-59", "2014-12-31 23-59",
		"2014-12-31T23-59-00.5", " 2014-12-31T23-59", "2014-12-31T23-59 ", "2014-12-31T23-59\n", "+2014-12-31T23-59", "14-12-31T23-59", "20145-12-31T23-59",
		"２０14-12-31T23-59", "2014/12/31T23-59",
		"2014-99-31T23-59", "2014-00-01T00-00", "2014-13-01T00-00", "2014-01-00T00-00", "2014-01-32T00-00", "2014-02-30T00-00", "2015-02-29T00-00", "1900-02-29T00-00",
		"2014-01-01T24-00", "2014-01-01T00-60", "2014-01-01T00-00-60", "2016-12-31T23-59-60",
	} {
		if at, _, ok := storage.ParseTime(s); ok {
			t.Errorf("%q: got %v, want a refusal", s, at)
		}
	}
}

func TestTimesAreShownInUTCAndWholeSeconds(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", -5*3600)
	for want, at := range map[string]time.Time{
		"2014-12-31T23-59-59": time.Date(2014, 12, 31, 23, 59, 59, 999999999, time.UTC),
		"2015-01-01T04-00-00": time.Date(2014, 12, 31, 23, 0, 0, 0, zone),
		"0001-01-01T00-00-00": {},
	} {
		if got := storage.FormatTime(at); got != want {
			t.Errorf("FormatTime(%v): got %s, want %s", at, got, want)
		}
	}
}

// The contract's expression matches every time of a reply.
var seedForm = regexp.MustCompile(`^\d{4}\-\d{2}\-\d{2}T\d{2}\-\d{2}(?:\-\d{2})?$`)

func TestTimesRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawTime(t, "time")
		s := storage.FormatTime(want)
		got, span, ok := storage.ParseTime(s)
		if !seedForm.MatchString(s) || !ok || got != want || span != time.Second {
			t.Errorf("%v: got the text %s, parsed as %v, span %v, %t", want, s, got, span, ok)
		}
	})
}

func TestNowEqualsItsText(t *testing.T) {
	t.Parallel()
	now := storage.Now()
	if got := at(storage.FormatTime(now)); got != now {
		t.Errorf("Now is %v, but its text is %v", now, got)
	}
}
