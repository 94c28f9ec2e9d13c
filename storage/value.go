package storage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Decimal is a number with one digit after the point, in tenths: 72 is 7.2. Ratings are
// decimals, never floats.
type Decimal int64

// String returns the decimal with one digit after the point: "7.2", "8.0".
func (d Decimal) String() string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%d.%d", sign, d/10, d%10)
}

// jsonNumber is a JSON number: sign, whole part, fraction and exponent.
var jsonNumber = regexp.MustCompile(`^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$`)

const (
	// maxDigits bounds the integers that the catalogue takes, so that none overflows.
	maxDigits = 18
	// maxExponent bounds exponents, so that arithmetic on them does not overflow.
	maxExponent = 1 << 30
)

// ParseInteger parses a JSON number that is a whole number of at most 18 digits, in any
// spelling: 7, 7.0, 7e0 and 70e-1 are equal. ok is false for any other text.
func ParseInteger(s string) (n int64, ok bool) { return parseScaled(s, 0) }

// ParseDecimal parses a JSON number with at most one decimal, in any spelling: 7.2, 7.20,
// 72e-1. ok is false for any other text.
func ParseDecimal(s string) (d Decimal, ok bool) {
	n, ok := parseScaled(s, 1)
	return Decimal(n), ok
}

// parseScaled returns a JSON number times ten to the power of places, if that is a whole
// number of at most 18 digits.
func parseScaled(s string, places int) (n int64, ok bool) {
	m := jsonNumber.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	digits := strings.TrimLeft(m[2]+m[3], "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return 0, true
	}
	exponent := 0
	if m[4] != "" {
		var err error
		if exponent, err = strconv.Atoi(m[4]); err != nil || exponent > maxExponent || exponent < -maxExponent {
			return 0, false
		}
	}
	zeros := exponent + places - len(m[3]) + len(digits) - len(significant)
	if zeros < 0 || len(significant)+zeros > maxDigits {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1]+significant+strings.Repeat("0", zeros), 10, 64)
	return n, err == nil
}

// AppendJSON appends v, a checked value of type t, as compact JSON: members of a record in
// the order of its type, keys of a map sorted, unset members as null.
func AppendJSON(dst []byte, t *Type, v any) []byte {
	if v == nil {
		return append(dst, emptyJSON(t)...)
	}
	switch v := v.(type) {
	case string:
		return appendString(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case Decimal:
		return append(dst, v.String()...)
	case bool:
		return strconv.AppendBool(dst, v)
	case time.Time:
		return appendString(dst, FormatTime(v))
	case []any:
		return appendList(dst, t, v)
	case map[string]any:
		return appendObject(dst, t, v)
	}
	panic(fmt.Sprintf("storage: the catalogue has no values of type %T", v))
}

// emptyJSON returns an unset value as in replies.
func emptyJSON(t *Type) string {
	switch t.Kind {
	case List:
		return "[]"
	case Map:
		return "{}"
	}
	return "null"
}

func appendList(dst []byte, t *Type, items []any) []byte {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSON(dst, t.Of, item)
	}
	return append(dst, ']')
}

func appendObject(dst []byte, t *Type, m map[string]any) []byte {
	dst = append(dst, '{')
	if t.Kind == Record {
		for i, f := range t.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, f.Name), ':')
			dst = AppendJSON(dst, f.Type, m[f.Name])
		}
		return append(dst, '}')
	}
	for i, key := range sortedKeys(m) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, key), ':')
		dst = AppendJSON(dst, t.Of, m[key])
	}
	return append(dst, '}')
}

// appendString appends s quoted as JSON, without the HTML escapes that
// json.Marshal adds.
func appendString(dst []byte, s string) []byte {
	if isPlain(s) {
		return append(append(append(dst, '"'), s...), '"')
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(fmt.Sprintf("storage: encode a string: %v", err)) // a string always encodes
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// isPlain reports whether s needs no escape and no check of its UTF-8.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
