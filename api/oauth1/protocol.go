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

// required are the parameters that every signed request must have.
var required = []string{
	"oauth_consumer_key", "oauth_signature_method", "oauth_timestamp", "oauth_nonce", "oauth_signature",
}

// Bounds of decoded values, in bytes. They bound the lookups.
const (
	maxValue = 128
	// maxCallback is a length of URLs that all browsers and servers support.
	maxCallback = 2048
)

// timestampForm matches a positive integer without leading zeros (RFC 5849, section
// 3.3). Twelve digits are enough for the year 30000.
var timestampForm = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)

// check checks the form of the protocol parameters, without any lookup.
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
		return NewRefusal(VersionRejected, "oauth_version %q is not supported; send 1.0 or omit it", version)
	}
	if method := m.protocol["oauth_signature_method"]; signature.Methods[method] == nil {
		return NewRefusal(SignatureMethodRejected, "oauth_signature_method %q is not supported; allowed: %s", method,
			strings.Join(slices.Sorted(maps.Keys(signature.Methods)), ", "))
	}
	if !timestampForm.MatchString(m.protocol["oauth_timestamp"]) {
		return NewRefusal(ParameterRejected, "oauth_timestamp must be a positive integer: the seconds since 1970-01-01 UTC")
	}
	return nil
}

// CheckValue refuses a value that no server has issued and no database can look up.
func CheckValue(name, value string) error {
	limit := maxValue
	if name == "oauth_callback" {
		limit = maxCallback
	}
	switch {
	case len(value) > limit:
		return NewRefusal(ParameterRejected, "%s must have at most %d bytes", storage.Excerpt(name), limit)
	case !utf8.ValidString(value), strings.ContainsFunc(value, unicode.IsControl):
		return NewRefusal(ParameterRejected, "%s must be text without control characters", storage.Excerpt(name))
	}
	return nil
}

// signedAt returns the timestamp of a checked message.
func (m *Message) signedAt() time.Time {
	seconds, err := strconv.ParseInt(m.protocol["oauth_timestamp"], 10, 64)
	if err != nil {
		panic("oauth1: timestamp not checked: " + err.Error())
	}
	return time.Unix(seconds, 0)
}

// checkTime refuses a message whose timestamp differs from now by more than the window.
func (m *Message) checkTime(now time.Time, window time.Duration) error {
	if off := now.Sub(m.signedAt()).Abs(); off > window {
		return NewRefusal(TimestampRefused, "oauth_timestamp %d differs by more than %d seconds from the server's time, which is %d",
			m.signedAt().Unix(), int(window.Seconds()), now.Unix())
	}
	return nil
}
