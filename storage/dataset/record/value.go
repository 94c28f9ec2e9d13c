package record

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"marquee/storage"
	"marquee/storage/dataset/isocode"
	"marquee/storage/edit"
)

// JSONInt returns n as a number in JSON.
func JSONInt(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// SetNumber sets a number, unless it is empty, if the noun has the field.
func (r *Record) SetNumber(field, value string) {
	if value != "" && r.In.Noun.Field(field) != nil {
		r.Set(field, json.Number(value))
	}
}

// SetRating sets the rating, rounded to one decimal, unless it is empty.
func (r *Record) SetRating(n json.Number) {
	if _, exact := storage.ParseDecimal(n.String()); !exact && n != "" {
		f, err := strconv.ParseFloat(n.String(), 64)
		if err != nil || math.IsInf(f, 0) {
			r.Set("imdb_rating", n) // Finish drops it
			return
		}
		n = json.Number(strconv.FormatFloat(math.Round(f*10)/10, 'f', 1, 64))
		r.Note("rounded a rating to one decimal")
	}
	r.SetNumber("imdb_rating", n.String())
}

// dateForms are the forms of dates, in the order of their lengths.
var dateForms = []string{"2006", "2006-01", time.DateOnly}

// SetDate sets a field to the year of a date, and another to its month where month is not
// "". source is the name of the date in its file. An empty date sets nothing.
func (r *Record) SetDate(year, month, source, date string) {
	if date == "" {
		return
	}
	for _, form := range dateForms {
		at, err := time.Parse(form, date)
		if err != nil {
			continue
		}
		r.Set(year, at.Year())
		if month != "" && form != "2006" {
			r.Set(month, int(at.Month()))
		}
		return
	}
	r.Note("dropped " + source + ": is not a date yyyy-mm-dd but " + storage.Excerpt(date))
}

// Put sets a value in a map at the keys: Put(url, "web_links", "homepage"). A value that
// breaks a rule is left out with a note, and does not cost the others.
func (r *Record) Put(v any, field string, keys ...string) {
	for _, key := range slices.Backward(keys) {
		v = storage.Members{{Name: key, Value: v}}
	}
	if faults := edit.Check(r.In.Noun, storage.Members{{Name: field, Value: v}}).Faults; len(faults) > 0 {
		r.drop(field, faults[0])
		return
	}
	r.maps = join(r.maps, storage.Members{{Name: field, Value: v}})
}

// join adds the members of b to a; members that both have are joined.
func join(a, b storage.Members) storage.Members {
	for _, m := range b {
		at := slices.IndexFunc(a, func(have storage.Member) bool { return have.Name == m.Name })
		if at < 0 {
			a = append(a, m)
			continue
		}
		have, isMap := a[at].Value.(storage.Members)
		more, _ := m.Value.(storage.Members)
		if isMap {
			a[at].Value = join(have, more)
		}
	}
	return a
}

// SetLanguages sets the languages from their codes or names. Empty ones are skipped.
func (r *Record) SetLanguages(names ...string) {
	r.setCodes("languages", "language", isocode.Language, names)
}

// SetCountries sets the countries from their codes or names. Empty ones are skipped.
func (r *Record) SetCountries(names ...string) {
	r.setCodes("countries", "country", isocode.Country, names)
}

func (r *Record) setCodes(field, what string, find func(string) (string, bool), names []string) {
	var codes []string
	for _, name := range names {
		if strings.TrimSpace(name) == "" {
			continue
		}
		code, ok := find(name)
		if !ok {
			r.Note("dropped a " + what + " whose code is not known: " + storage.Excerpt(name))
			continue
		}
		r.NoteIf(len(name) == len(code) && !strings.EqualFold(name, code), "read the "+what+" "+name+" as "+code)
		codes = append(codes, code)
	}
	r.Set(field, codes)
}
