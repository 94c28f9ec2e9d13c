package value

import (
	"slices"
	"strings"

	"marquee/api/querystring"
)

// Items splits a list at its commas. It keeps duplicates: they count against the
// bound of a list. An empty item, and spaces around an item, are faults.
func Items(value string) ([]string, []querystring.Fault) {
	items := strings.Split(value, ",")
	var faults []querystring.Fault
	if slices.Contains(items, "") {
		faults = append(faults, querystring.Bad(value, "has an empty item").Replace("", ""))
	}
	for _, s := range items {
		if trimmed := strings.TrimSpace(s); trimmed != s {
			faults = append(faults, querystring.Bad(s, "has spaces around an item").Replace(s, trimmed))
		}
	}
	return items, faults
}

// Distinct returns the items without repetitions, in the order in which each
// comes first.
func Distinct(items []string) []string {
	var out []string
	for _, s := range items {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
