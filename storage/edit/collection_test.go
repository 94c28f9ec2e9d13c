package edit_test

import (
	"fmt"
	"strings"
	"testing"

	"marquee/storage"
)

// numbers returns a JSON list of the ids 1 to n.
func numbers(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf(`"%d"`, i+1)
	}
	return "[" + strings.Join(ids, ",") + "]"
}

func repeated(item string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
}

func TestCollectionsAreChecked(t *testing.T) {
	t.Parallel()
	const once = `{"from":"2027-07-04T00-00","to":"2027-07-04T23-59"}`
	tests := []struct {
		json string
		want []string
	}{
		{`"pins":` + numbers(100), nil},
		{`"pins":` + numbers(101), []string{"/pins must have at most 100 items, it has 101"}},
		{`"hidden":` + numbers(1000), nil},
		{`"hidden":` + numbers(1001), []string{"/hidden must have at most 1000 items, it has 1001"}},
		{`"pins":["3","2","3","3"],"hidden":["3"]`, []string{"/pins/2 is in the list already", "/pins/3 is in the list already"}},
		{`"hidden":["3","3"]`, []string{"/hidden/1 is in the list already"}},
		{`"pins":["03","x","0",7,null,{"name":"Heat"},["1"]]`, []string{"/pins/0 cannot be the id of any movie", "/pins/1 cannot be", "/pins/2 cannot be",
			"/pins/3 must be a text", "/pins/4 must be a text", "/pins/5 must be a text", "/pins/6 must be a text"}},
		{`"pins":"3","hidden":{}`, []string{"/pins must be a list", "/hidden must be a list"}},
		{`"query":` + quoted("x", 2048), nil},
		{`"query":` + quoted("é", 2049), []string{"/query must be"}},
		{`"query":""`, nil},
		{`"query":{"genres":"war"}`, []string{"/query must be"}},
		{`"periods":` + repeated(once, 20), nil},
		{`"periods":` + repeated(once, 21), []string{"/periods must have at most 20 items, it has 21"}},
		{`"periods":[null,7,"07-04"]`, []string{"/periods/0 must be an object", "/periods/1 must be an object", "/periods/2 must be an object"}},
		{`"periods":[{}]`, []string{"/periods/0/from is required", "/periods/0/to is required"}},
		{`"periods":[{"from":null,"to":null,"every":null,"zone":null}]`, []string{"/periods/0/from is required", "/periods/0/to is required"}},
		{`"periods":[{"from":"02-29T00-00","to":"02-29T23-59","every":"year","zone":"Pacific/Apia"}]`, nil},
		{`"periods":[{"from":"12-24T00-00","to":"01-06T23-59","every":"year"}]`, nil},
		{`"periods":[{"from":"2027-07-04T00-00","to":"2027-07-04T00-00"}]`, nil},
		{`"periods":[{"from":"2027-07-04T00-01","to":"2027-07-04T00-00"}]`, []string{"/periods/0/to must not be before from, 2027-07-04T00-01"}},
		{`"periods":[{"from":"2027-02-29T00-00","to":"2027-13-01T00-00"}]`, []string{"/periods/0/from must be a date and a time that exist", "/periods/0/to must be a date"}},
		{`"periods":[{"from":"02-30T00-00","to":"03-01T24-00","every":"year"}]`, []string{"/periods/0/from must be a date", "/periods/0/to must be a date"}},
		{`"periods":[{"from":"07-04T00-00","to":"2027-07-04T00-00"}]`, []string{"/periods/0/from must have the form yyyy-mm-ddThh-mm"}},
		{`"periods":[{"from":"2027-07-04T00-00","to":"07-04T00-00","every":"year"}]`, []string{"/periods/0/from must have the form mm-ddThh-mm"}},
		{`"periods":[{"from":"2027-07-04T00-00-00","to":"2027-07-04T00:01"}]`, []string{"/periods/0/from must have the form", "/periods/0/to must have the form"}},
		{`"periods":[` + once + `,{"from":"2027-07-04T00-00","to":"2027-07-04T00-00","every":"month","zone":"Mars"}]`,
			[]string{"/periods/1/every must be one of year", "/periods/1/zone must be the name of a time zone"}},
		{`"periods":[{"from":5,"to":"never","zone":"Local","until":"x"}]`, []string{"/periods/0/from must be a local time", "/periods/0/to must have the form",
			"/periods/0/zone must be the name", "/periods/0/until is not a field"}},
		{`"periods":[{"to":"never","every":7,"zone":true}]`, []string{"/periods/0/from is required", "/periods/0/every must be one of year", "/periods/0/zone must be the name"}},
		{`"name":"N","active":true`, []string{"/name is given twice", "/active is read-only"}},
		{`"active_from":"2027-07-04T00-00-00","active_to":null,"added":"2027-07-04T00-00"`, []string{"/active_from is read-only", "/added is read-only"}},
	}
	for _, tt := range tests {
		t.Run(tt.json[:min(len(tt.json), 80)], func(t *testing.T) {
			t.Parallel()
			_, faults := check(t, storage.Collection, `{"name":"N",`+tt.json+`}`).Apply(storage.NewDocument(storage.Collection), true)
			wantFaults(t, faults, tt.want...)
		})
	}
	_, faults := check(t, storage.Collection, `{"periods":[],"pins":null}`).Apply(storage.NewDocument(storage.Collection), true)
	wantFaults(t, faults, "/name is required")
}

func TestUnknownZonesHaveTheNearest(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{"europe/berlin": "Europe/Berlin", "Europe/Berln": "Europe/Berlin", "America/New York": "America/New_York", "utc": "UTC", "Local": "", "": ""} {
		e := check(t, storage.Collection, `{"periods":[{"from":"2027-07-04T00-00","to":"2027-07-04T00-00","zone":"`+zone+`"}]}`)
		if len(e.Faults) != 1 || e.Faults[0].Pointer != "/periods/0/zone" || e.Faults[0].Nearest != want {
			t.Errorf("%q: got %+v, want the nearest %q", zone, e.Faults, want)
		}
	}
}

// An edit replaces the whole list of periods. A member that a new period leaves out has its
// default, not the value of the old period.
func TestPeriodsAreReplaced(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Collection, `{"name":"N","pins":["2","1"],"periods":[{"from":"07-04T00-00","to":"07-04T23-59","every":"year","zone":"America/New_York"},{"from":"2027-01-01T00-00","to":"2027-01-02T00-00"}]}`)
	want := `"pins":["2","1"],"hidden":[],"periods":[{"from":"07-04T00-00","to":"07-04T23-59","every":"year","zone":"America/New_York"},{"from":"2027-01-01T00-00","to":"2027-01-02T00-00","every":null,"zone":"UTC"}]`
	if got := string(d.AppendGiven(nil)); !strings.Contains(got, want) {
		t.Errorf("created: got %s, want %s", got, want)
	}
	d = update(t, d, `{"periods":[{"from":"2028-01-01T00-00","to":"2028-01-02T00-00","zone":null}],"pins":["1"]}`)
	want = `"pins":["1"],"hidden":[],"periods":[{"from":"2028-01-01T00-00","to":"2028-01-02T00-00","every":null,"zone":"UTC"}]`
	if got := string(d.AppendGiven(nil)); !strings.Contains(got, want) {
		t.Errorf("updated: got %s, want %s", got, want)
	}
	if got := string(update(t, d, `{"periods":null,"pins":null}`).AppendGiven(nil)); !strings.Contains(got, `"pins":[],"hidden":[],"periods":[]`) {
		t.Errorf("cleared: got %s", got)
	}
}
