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

// decimalForm is a JSON number without exponent.
var decimalForm = regexp.MustCompile(`^-?[0-9]{1,15}(?:\.[0-9]+)?$`)

// ParseDecimal parses digits with an optional fraction of one digit; further zeros are
// allowed (7.20). ok is false for any other text.
func ParseDecimal(s string) (d Decimal, ok bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if !decimalForm.MatchString(s) {
		return 0, false
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > 1 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+(fraction + "0")[:1], 10, 64)
	return Decimal(n), err == nil
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
