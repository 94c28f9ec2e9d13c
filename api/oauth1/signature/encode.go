package signature

import (
	"net/url"
	"strings"
)

// unreserved reports whether a character is never escaped (RFC 3986, section 2.3).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// Encode escapes all bytes except unreserved characters, with upper-case digits (RFC
// 5849, section 3.6). url.QueryEscape would write a space as +, and url.PathEscape
// would not escape $&+=:@.
func Encode(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// Decode reverses Encode, and reports whether s is encoded. All characters that Encode
// escapes must be escaped. An escaped unreserved character, such as %61, is valid.
func Decode(s string) (string, bool) {
	for i := range len(s) {
		if s[i] != '%' && !unreserved(s[i]) {
			return "", false
		}
	}
	text, err := url.PathUnescape(s)
	return text, err == nil
}
