package schedule_test

import (
	"strings"
	"testing"
	"time"

	"marquee/storage"
	"marquee/storage/schedule"
)

const july = `{"from":"2027-07-01T00-00","to":"2027-07-31T23-59","every":null,"zone":"UTC"}`

// The fields that replies show are added after the stored ones, by one rule for bodies and
// for documents.
func TestFieldsAtAnInstant(t *testing.T) {
	t.Parallel()
	tests := []struct{ at, periods, want, until string }{
		{"2027-06-30T23-59-59", july, `"active":false,"active_from":"2027-07-01T00-00-00","active_to":"2027-07-31T23-59-59"`, "2027-07-01T00-00-00"},
		{"2027-07-01T00-00-00", july, `"active":true,"active_from":"2027-07-01T00-00-00","active_to":"2027-07-31T23-59-59"`, "2027-08-01T00-00-00"},
		{"2027-07-31T23-59-59", july, `"active":true,"active_from":"2027-07-01T00-00-00","active_to":"2027-07-31T23-59-59"`, "2027-08-01T00-00-00"},
		{"2027-08-01T00-00-00", july, `"active":false,"active_from":null,"active_to":null`, ""},
		{"2027-08-01T00-00-00", "", `"active":true,"active_from":null,"active_to":null`, ""},
		{"2027-12-31T00-00-00", `{"from":"12-24T00-00","to":"01-06T12-00","every":"year","zone":"Europe/Berlin"}`,
			`"active":true,"active_from":"2027-12-23T23-00-00","active_to":"2028-01-06T11-00-59"`, "2028-01-06T11-01-00"},
		{"2027-12-31T00-00-00", `{"from":"12-24T00-00","to":"01-06T12-00","every":"year","zone":"Nowhere/Gone"}`,
			`"active":false,"active_from":null,"active_to":null`, ""},
	}
	for _, tt := range tests {
		at, _, _ := storage.ParseTime(tt.at)
		body := `{"id":"a","name":"A","periods":[` + tt.periods + `]}`
		o := &storage.Object{Noun: storage.Collection, ID: "a", Body: []byte(body)}
		stored := o.Body
		s, err := schedule.Append(o, at)
		until := s.Until
		if want := body[:len(body)-1] + "," + tt.want + "}"; err != nil || string(o.Body) != want {
			t.Errorf("at %s: got %s, want %s, %v", tt.at, o.Body, want, err)
		}
		if s.Active != strings.Contains(tt.want, `"active":true`) {
			t.Errorf("at %s: active is %t", tt.at, s.Active)
		}
		if until.IsZero() != (tt.until == "") || !until.IsZero() && storage.FormatTime(until) != tt.until {
			t.Errorf("at %s: until %s, want %q", tt.at, until, tt.until)
		}
		if string(stored) != body {
			t.Error("the store's bytes were changed")
		}
		d, err := storage.ParseDocument(storage.Collection, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		schedule.Set(d, at)
		shown, err := storage.ParseDocument(storage.Collection, o.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range storage.Collection.FieldsFrom(storage.Scheduled) {
			if d.Fields[f.Name] != shown.Fields[f.Name] { // as an edit compares them
				t.Errorf("at %s: %s of the document is %v, and of the body %v", tt.at, f.Name, d.Fields[f.Name], shown.Fields[f.Name])
			}
		}
	}
}

// Objects without periods stay as they are.
func TestOtherNounsHaveNoFields(t *testing.T) {
	t.Parallel()
	o := &storage.Object{Noun: storage.Genre, ID: "a", Body: []byte(`{"id":"a"}`)}
	s, err := schedule.Append(o, time.Now())
	d := storage.NewDocument(storage.Genre)
	schedule.Set(d, time.Now())
	if string(o.Body) != `{"id":"a"}` || s != (schedule.State{Active: true}) || err != nil || len(d.Fields) != 0 {
		t.Errorf("%s, %v, %v, %v", o.Body, s, err, d.Fields)
	}
}

func BenchmarkCalendar(b *testing.B) {
	c := many(1000)
	at := day
	for b.Loop() {
		at = at.Add(24 * 366 * time.Hour) // never the instant of before
		c.Inactive(at)
	}
}
