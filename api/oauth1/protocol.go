package oauth1

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"marquee/api/oauth1/signature"
	"marquee/storage"
)

// required are the parameters without which no request can be verified.
var required = []string{
	"oauth_consumer_key", "oauth_signature_method", "oauth_timestamp", "oauth_nonce", "oauth_signature",
}

// Bounds of the values in bytes, decoded: what is accepted goes into lookups.
const (
	maxValue = 128
	// maxCallback is what browsers and servers agree on for a URL.
	maxCallback = 2048
)

// timestampForm is a positive whole number with one spelling (RFC 5849, section
// 3.3). Twelve digits reach beyond the year 30000.
var timestampForm = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)

// check looks at the form of the protocol parameters, which needs no lookup and
// tells nothing about any app.
func (m *Message) check() error {
	for _, name := range required {
		if m.protocol[name] == "" {
			return NewRefusal(ParameterAbsent, "%s is missing or empty", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.protocol)) {
		if err := CheckValue(name, m.protocol[name]); err != nil {
			return err
		}
	}
	if version, given := m.protocol["oauth_version"]; given && version != "1.0" {
		return NewRefusal(VersionRejected, "oauth_version %q is not supported; allowed: 1.0, or leave it out", version)
	}
	if method := m.protocol["oauth_signature_method"]; signature.Methods[method] == nil {
		return NewRefusal(SignatureMethodRejected, "the signature method %q is not supported; allowed: %s", method,
			strings.Join(slices.Sorted(maps.Keys(signature.Methods)), ", "))
	}
	if !timestampForm.MatchString(m.protocol["oauth_timestamp"]) {
		return NewRefusal(ParameterRejected, "oauth_timestamp must be a positive integer, the seconds since 1970")
	}
	return nil
}

// CheckValue refuses what no server can have given and no database can look up.
func CheckValue(name, value string) error {
	limit := maxValue
	if name == "oauth_callback" {
		limit = maxCallback
	}
	switch {
	case len(value) > limit:
		return NewRefusal(ParameterRejected, "%s may have at most %d bytes", storage.Excerpt(name), limit)
	case !utf8.ValidString(value), strings.ContainsFunc(value, unicode.IsControl):
		return NewRefusal(ParameterRejected, "%s must be text without control characters", storage.Excerpt(name))
	}
	return nil
}

// signedAt is the time that a checked message names.
func (m *Message) signedAt() time.Time {
	seconds, err := strconv.ParseInt(m.protocol["oauth_timestamp"], 10, 64)
	if err != nil {
		panic("oauth1: the form of the timestamp was not checked: " + err.Error())
	}
	return time.Unix(seconds, 0)
}

// checkTime refuses a message that was signed too far from now, in either
// direction. Both ends of the window are in it.
func (m *Message) checkTime(now time.Time, window time.Duration) error {
	if off := now.Sub(m.signedAt()).Abs(); off > window {
		return NewRefusal(TimestampRefused, "oauth_timestamp %d is more than %d seconds from the server's time, which is %d",
			m.signedAt().Unix(), int(window.Seconds()), now.Unix())
	}
	return nil
}
