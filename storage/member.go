package storage

import (
	"fmt"
	"slices"
	"strings"
)

// Members is a JSON object as written: in its order, with duplicates. Its values are nil,
// bool, string, json.Number, []any and Members.
type Members []Member

// Member is a name with its value in a JSON object.
type Member struct {
	Name  string
	Value any
}

// pointerEscapes is created once, because the creation costs more than the use.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// EscapePointer returns a member name as a token of a JSON Pointer (RFC 6901, section 3).
func EscapePointer(name string) string { return pointerEscapes.Replace(name) }

// Distinct returns the list with only the first of equal items.
func Distinct(list []any) []any {
	out := make([]any, 0, len(list))
	for _, item := range list {
		if !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

// Excerpt returns a value as a text of at most 80 characters, for error messages.
func Excerpt(v any) string {
	var s string
	switch v := v.(type) {
	case nil:
		s = "null"
	case []any:
		s = "a list"
	case Members:
		s = "an object"
	default:
		s = fmt.Sprint(v)
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	if runes := []rune(s); len(runes) > 80 {
		s = string(runes[:79]) + "…"
	}
	return s
}
