// Package redact keeps secrets out of logs. No code of the program logs one on purpose.
// But a log also has errors of drivers and of clients' input, and what they quote is not
// known.
package redact

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// hidden stands for a secret.
	hidden = "***"
	// maxText is the length from which a text is cut, in bytes. The longest regular ones are
	// stacks of panics.
	maxText = 16 << 10
)

// patterns are the forms of secrets. Their groups are shown.
var patterns = []*regexp.Regexp{
	// The user and password of a URL, up to the last @ because a password may have one.
	regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s"'<>]*(@)`),
	// A quoted password of a keyword string of PostgreSQL.
	regexp.MustCompile(`((?i:password)\s*=\s*')[^']*`),
	// A bearer token of the program.
	regexp.MustCompile(`(mq_)[A-Za-z0-9]+`),
	// Credentials of an Authorization header.
	regexp.MustCompile(`\b((?i:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{6,}`),
	// Parameters of a query, of a keyword string, or of an OAuth header, and members of JSON.
	regexp.MustCompile(`((?i:\boauth_[a-z_]+|[a-z_-]*(?:passw(?:or)?d|secret|token|signature|api_?key|authorization))(?:\s*=\s*\\?["']?|\\?["']\s*:\s*\\?["']))[^\s"'&,;}\\]+`),
}

// Text returns a text without the secrets that it may quote, without control characters
// that a terminal obeys, and not too long.
func Text(text string) string {
	if len(text) > maxText {
		n := maxText
		for !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n] + "…"
	}
	for _, p := range patterns {
		text = p.ReplaceAllString(text, "${1}"+hidden+"${2}")
	}
	return escaped(text)
}

// escaped escapes the control and format characters that JSON leaves as they are: DEL,
// the C1 controls, and marks that turn the direction of a line.
func escaped(text string) string {
	if strings.IndexFunc(text, obeyed) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if obeyed(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func obeyed(r rune) bool {
	return r >= 0x7f && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// Attr redacts the texts and errors of a line. It is for slog.HandlerOptions.
func Attr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, Text(a.Value.String()))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			return slog.String(a.Key, Text(err.Error()))
		}
	}
	return a
}
