package contract_test

import (
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

// values makes values of schemas, good and bad ones.
type values struct {
	*rand.Rand
	// known are the ids that the server gave, by path variable.
	known map[string][]string
	// places are the variables of the paths of objects that were created.
	places []map[string]string
}

// one returns one of the values.
func one[T any](g *values, of ...T) T { return of[g.IntN(len(of))] }

// chance reports true in one of n cases.
func (g *values) chance(n int) bool { return g.IntN(n) == 0 }

// words are texts for values without a pattern. Searches find some of them in others.
var words = []string{"Ferry", "ferry to the harbour", "Glass 7", "a", "It", "Élan", "東京", "👩‍👩‍👧", `"two words"`, "x AND (y", "%", "'; --", "<b>", "mueller",
	"2014-12-31T23-59", "1", "..", "wikipedia", "return=minimal"}

// good returns a value that a schema allows, as far as the schema says.
func (g *values) good(s *openapi3.Schema, depth int) any {
	switch {
	case s.Nullable && g.chance(6):
		return nil
	case len(s.Enum) > 0:
		return one(g, s.Enum...)
	case len(s.OneOf) > 0:
		return g.good(one(g, s.OneOf...).Value, depth)
	case s.Type.Is("object"):
		return g.object(s, depth)
	case s.Type.Is("array"):
		most := 3
		if s.MaxItems != nil {
			most = min(most, int(*s.MaxItems))
		}
		list := []any{}
		for range max(int(s.MinItems), g.IntN(most+1)) {
			list = append(list, g.good(s.Items.Value, depth+1))
		}
		return list
	case s.Type.Is("integer"):
		low, high := bounds(s)
		return one(g, int64(low), int64(high), int64(low)+g.Int64N(min(int64(high)-int64(low), math.MaxInt64-1)+1), min(int64(low)+g.Int64N(50), int64(high)))
	case s.Type.Is("number"):
		low, high := bounds(s)
		return math.Round((low+g.Float64()*(high-low))*10) / 10
	case s.Type.Is("boolean"):
		return g.chance(2)
	}
	return g.text(s)
}

// bounds returns the bounds of a number.
func bounds(s *openapi3.Schema) (low, high float64) {
	low, high = 0, 1<<53
	if s.Min != nil {
		low = *s.Min
	}
	if s.Max != nil {
		high = *s.Max
	}
	return low, high
}

// object returns an object with the required members, and some of the others.
func (g *values) object(s *openapi3.Schema, depth int) any {
	o := map[string]any{}
	for _, name := range sorted(s.Properties) {
		if slices.Contains(s.Required, name) || depth == 0 || g.chance(3) {
			o[name] = g.good(s.Properties[name].Value, depth+1)
		}
	}
	if more := s.AdditionalProperties.Schema; more != nil {
		for range g.IntN(3) {
			o[one(g, "342", "en", "wikipedia", "720p")] = g.good(more.Value, depth+1)
		}
	}
	return o
}

// text returns a text that a schema allows.
func (g *values) text(s *openapi3.Schema) string {
	switch {
	case s.Format == "date":
		return one(g, "1949-09-02", "2024-02-29", "0001-01-01")
	case s.Pattern != "":
		pattern := regexp.MustCompile(s.Pattern)
		var fitting []string
		for _, name := range sorted(g.known) {
			for _, id := range g.known[name] {
				if pattern.MatchString(id) {
					fitting = append(fitting, id)
				}
			}
		}
		if len(fitting) > 0 && !g.chance(4) {
			return one(g, fitting...)
		}
		return rapid.StringMatching(s.Pattern).Example(g.Int())
	}
	text := one(g, words...)
	for g.chance(2) {
		text += " " + one(g, words...)
	}
	if s.MaxLength != nil && g.chance(5) { // the longest text
		text = strings.Repeat("é", int(min(*s.MaxLength, 20_000)))
	}
	if s.MaxLength != nil {
		text = string([]rune(text)[:min(uint64(len([]rune(text))), *s.MaxLength)])
	}
	return text
}

// bad returns a value that most schemas refuse.
func (g *values) bad() any {
	return one[any](g, nil, true, -1, 1.5, 1e300, math.MaxInt64, "", " ", "x\u0000y", strings.Repeat("x", 25_000), "ﷺ", []any{}, []any{[]any{nil}}, map[string]any{},
		map[string]any{"name": map[string]any{}}, "9999999999999999999", "tt0", "0000-99-99")
}

// spoil returns a JSON value with one part replaced, removed or added.
func (g *values) spoil(v any) any {
	switch v := v.(type) {
	case map[string]any:
		names := sorted(v)
		if len(names) == 0 || g.chance(6) {
			v[one(g, "titel", "Name", "id", "meta", "", "__proto__", "a/b~c")] = g.bad()
			return v
		}
		name := one(g, names...)
		if g.chance(5) {
			delete(v, name)
		} else {
			v[name] = g.spoil(v[name])
		}
		return v
	case []any:
		switch {
		case len(v) == 0 || g.chance(4):
			return append(v, g.bad())
		case g.chance(4):
			return slices.Repeat(v[:1], 1001)
		}
		i := g.IntN(len(v))
		v[i] = g.spoil(v[i])
		return v
	}
	return g.bad()
}

// garbage returns a text that few parameters accept.
func (g *values) garbage() string {
	return one(g, "", " ", "-1", "01", "99999999999999999999", "null", "[]", "a,,b", ",", "..", "5..1", "...", "--title", "x\x00", "\xff", "💥", strings.Repeat("9", 300), strings.Repeat("a,", 4500),
		"2014-99-99T99-99", "(", "ALL", "id,-id", "true", "heat")
}

// sorted returns the keys of a map in order, so that a seed repeats a run.
func sorted[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
