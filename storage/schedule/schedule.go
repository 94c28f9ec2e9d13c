// Package schedule computes what the periods of objects mean at an instant: the fields
// that replies show, and the calendar of all collections.
package schedule

import (
	"encoding/json"
	"fmt"
	"time"

	"marquee/storage"
	"marquee/storage/period"
)

// State is what the periods of an object mean at an instant.
type State struct {
	Active bool
	// Until is the first instant after it at which a period starts or ends, zero if there is
	// none.
	Until time.Time
}

// Append appends the Scheduled fields at an instant to the body of an object, as a store
// returns it. An object of a noun without periods stays as it is, and is always active.
func Append(o *storage.Object, at time.Time) (State, error) {
	if !o.Noun.Scheduled() {
		return State{Active: true}, nil
	}
	periods, err := decode(o)
	if err != nil {
		return State{}, err
	}
	values := fields(periods, at)
	body := append(make([]byte, 0, len(o.Body)+96), o.Body[:len(o.Body)-1]...) // without the brace
	for _, f := range o.Noun.FieldsFrom(storage.Scheduled) {
		body = append(append(append(body, `,"`...), f.Name...), `":`...)
		body = storage.AppendJSON(body, f.Type, values[f.Name])
	}
	body = append(body, '}')
	o.Body = body
	s := State{Active: period.Active(periods, at)}
	s.Until, _ = period.Boundary(periods, at)
	return s, nil
}

// decode returns the periods in the body of an object.
func decode(o *storage.Object) ([]period.Period, error) {
	var stored struct {
		Periods []period.Form `json:"periods"`
	}
	if err := json.Unmarshal(o.Body, &stored); err != nil {
		return nil, fmt.Errorf("read the periods of %s %s: %w", o.Noun.Name, o.ID, err)
	}
	return period.Stored(stored.Periods), nil
}

// Set sets the Scheduled fields of a document at an instant, so that an edit may repeat
// what a reply showed.
func Set(d *storage.Document, at time.Time) {
	if !d.Noun.Scheduled() {
		return
	}
	for name, v := range fields(storage.Periods(d), at) {
		d.Fields[name] = v
	}
}

// fields returns the values of the Scheduled fields.
func fields(periods []period.Period, at time.Time) map[string]any {
	values := map[string]any{"active": period.Active(periods, at), "active_from": nil, "active_to": nil}
	if i, ok := period.Current(periods, at); ok {
		values["active_from"], values["active_to"] = i.Start, i.Last()
	}
	return values
}
