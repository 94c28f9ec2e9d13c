package edit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"marquee/storage"
)

// samples has a text for every pattern of the catalogue.
var samples = []string{
	"http://a", "https://example.org/a?b=c&d='e'#f", "https://bücher.example/é", "tt0133093", "tt999999999", "nm0000206", "nm1",
	strings.Repeat("0aF9", 10), strings.Repeat("aB27", 8), "342", "w1280", "a",
}

// drawnText returns a generator of texts that often have special characters. Parallel
// tests cannot share a generator.
func drawnText() *rapid.Generator[string] {
	return rapid.StringOf(rapid.OneOf(
		rapid.SampledFrom([]rune("aZ 09<>&\"\\/~'–é\u0301ßıİΣς日😀\u0001\t\n\u007f\u0085\u00a0\u200b\u2028\u2029\ufeff\ufffd\uffff")),
		rapid.Rune().Filter(func(r rune) bool { return r != 0 }),
	))
}

// drawValue draws a valid value of a type in the form of encoding/json. With nulls it may
// have null wherever a merge patch may.
func drawValue(t *rapid.T, typ *storage.Type, nulls bool, label string) any {
	switch typ.Kind {
	case storage.Text:
		return drawText(t, typ, label)
	case storage.Integer:
		return rapid.Int64Range(typ.Min, typ.Max).Draw(t, label)
	case storage.Number:
		return json.Number(storage.Decimal(rapid.Int64Range(typ.Min, typ.Max).Draw(t, label)).String())
	case storage.Boolean:
		return rapid.Bool().Draw(t, label)
	case storage.Date:
		return drawTime(t, label).Format(time.DateOnly)
	case storage.List:
		return drawList(t, typ, label)
	case storage.Map:
		m := object{}
		for range rapid.IntRange(0, 3).Draw(t, label) {
			drawMember(t, m, drawText(t, typ.Key, label+" key"), typ.Of, nulls, false)
		}
		return m
	case storage.Record:
		if typ.Check != nil {
			return drawPeriod(t, label)
		}
		m := object{}
		for _, f := range typ.Members {
			if f.Required && !nulls || rapid.Bool().Draw(t, label+" has "+f.Name) {
				drawMember(t, m, f.Name, f.Type, nulls, f.Required)
			}
		}
		return m
	}
	panic("no such kind among what clients give: " + label)
}

func drawMember(t *rapid.T, m object, name string, typ *storage.Type, nulls, required bool) {
	if nulls && !required && rapid.IntRange(0, 3).Draw(t, name+" null") == 0 {
		m[name] = nil
		return
	}
	m[name] = drawValue(t, typ, nulls, name)
}

func drawText(t *rapid.T, typ *storage.Type, label string) string {
	switch {
	case len(typ.Enum) > 0:
		return rapid.SampledFrom(typ.Enum).Draw(t, label)
	case typ.Reference == "genre":
		return rapid.SampledFrom([]string{"drama", "war", "film-noir", "3-d"}).Draw(t, label)
	case typ.Reference != "":
		return rapid.SampledFrom([]string{"1", "2", "10", "999999999999999999"}).Draw(t, label)
	case typ.Pattern != nil:
		return rapid.SampledFrom(samples).Filter(typ.Pattern.MatchString).Draw(t, label)
	}
	s := []rune("x" + drawnText().Draw(t, label)) // not blank
	return string(s[:min(len(s), int(typ.Max))])
}

func drawList(t *rapid.T, typ *storage.Type, label string) any {
	items := []any{}
	for n := rapid.IntRange(int(typ.Min), int(typ.Min)+3).Draw(t, label); len(items) < n; {
		item := drawValue(t, typ.Of, false, label)
		if typ.Min > 0 { // no two are equal after folding
			s := []rune(fmt.Sprint(len(items), item))
			item = string(s[:min(len(s), int(typ.Of.Max))])
		}
		if !typ.Unique && !typ.NoRepeats || !contains(items, item) {
			items = append(items, item)
		}
	}
	return items
}

// drawPeriod draws the only record that has rules about several members.
func drawPeriod(t *rapid.T, label string) object {
	from := rapid.Int64Range(0, 4e9).Draw(t, label+" from")
	to := from + rapid.Int64Range(0, 1e8).Draw(t, label+" length")
	m := object{"zone": rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Pacific/Apia"}).Draw(t, label+" zone")}
	form := "2006-01-02T15-04"
	if rapid.Bool().Draw(t, label+" yearly") {
		form, m["every"] = "01-02T15-04", "year"
	}
	m["from"], m["to"] = time.Unix(from, 0).UTC().Format(form), time.Unix(to, 0).UTC().Format(form)
	return m
}

func contains(items []any, item any) bool {
	for _, i := range items {
		if i == item {
			return true
		}
	}
	return false
}

func drawTime(t *rapid.T, label string) time.Time {
	// Years 1 to 9999, of four digits.
	return time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, label), 0).UTC()
}

// drawObject draws a valid request body for a new object of the noun.
func drawObject(t *rapid.T, n *storage.Noun) object {
	m := object{}
	for _, f := range n.FieldsFrom(storage.Client) {
		if f.Required || rapid.Bool().Draw(t, "has "+f.Name) {
			m[f.Name] = drawValue(t, f.Type, false, f.Name)
		}
		drawAmong(t, m, f)
	}
	return m
}

// drawAmong draws the value of a field that has to be one of a list, which comes before it.
func drawAmong(t *rapid.T, m object, f storage.Field) {
	items, given := m[f.Among].([]any)
	switch _, drawn := m[f.Name]; {
	case given:
		m[f.Name] = rapid.SampledFrom(append(items, nil)).Draw(t, f.Name)
	case drawn && f.Among != "":
		m[f.Name] = nil
	}
}

// drawPatch draws a merge patch for objects of the noun, with nulls.
func drawPatch(t *rapid.T, n *storage.Noun) object {
	m := object{}
	for _, f := range n.FieldsFrom(storage.Client) {
		if rapid.Bool().Draw(t, "patches "+f.Name) {
			drawMember(t, m, f.Name, f.Type, true, f.Required)
		}
		drawAmong(t, m, f)
	}
	return m
}

func drawNoun(t *rapid.T) *storage.Noun { return rapid.SampledFrom(storage.Nouns).Draw(t, "noun") }

// text returns the JSON of a drawn object.
func text(t *rapid.T, m object) string {
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// drawDocument draws an object from a store, with the fields that the server sets.
func drawDocument(t *rapid.T, n *storage.Noun) *storage.Document {
	d := create(t, n, text(t, drawObject(t, n)))
	d.ID = rapid.SampledFrom([]string{"1", "42", "999999999999999999"}).Draw(t, "id")
	if n.Slug {
		d.ID = "film-noir"
	}
	for _, f := range n.FieldsFrom(storage.Parent) {
		d.Fields[f.Name] = rapid.SampledFrom([]string{"3", "10"}).Draw(t, f.Name)
	}
	for _, f := range n.FieldsFrom(storage.Counter, storage.Count) {
		d.Fields[f.Name] = rapid.Int64Range(0, storage.MaxCounter).Draw(t, f.Name)
	}
	for _, f := range n.FieldsFrom(storage.Clock) {
		d.Fields[f.Name] = drawTime(t, f.Name)
	}
	if len(n.References()) > 0 {
		d.Names = rapid.MapOf(rapid.SampledFrom([]string{"genres", "persons"}), rapid.SliceOfN(drawnText(), 1, 2)).Draw(t, "names")
	}
	return d
}

// withoutUnset returns a value without its unset members, which may be absent, nil or
// empty.
func withoutUnset(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = withoutUnset(item)
		}
		return out
	case object:
		out := object{}
		for name, member := range v {
			if member = withoutUnset(member); !unset(member) {
				out[name] = member
			}
		}
		return out
	}
	return v
}

func unset(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case object:
		return len(v) == 0
	}
	return false
}
