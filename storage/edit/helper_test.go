package edit_test

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/strictjson"
)

// failer is the part of *testing.T and *rapid.T that helpers use.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// parse parses a JSON object like a request body.
func parse(t failer, text string) storage.Members {
	t.Helper()
	v, fault := strictjson.Parse([]byte(text))
	if fault != nil {
		t.Fatalf("%s: %s", text, fault.Reason)
	}
	members, ok := v.(storage.Members)
	if !ok {
		t.Fatalf("%s is not an object", text)
	}
	return members
}

// check checks the text of an object by the description of the noun.
func check(t failer, n *storage.Noun, text string) *edit.Edit {
	t.Helper()
	return edit.Check(n, parse(t, text))
}

// create returns a new document from the text, which must have no fault.
func create(t failer, n *storage.Noun, text string) *storage.Document {
	t.Helper()
	d, faults := check(t, n, text).Apply(storage.NewDocument(n), true)
	if len(faults) > 0 {
		t.Fatalf("create %s %s: %+v", n.Name, text, faults)
	}
	return d
}

// update applies the text, which must have no fault, to the document.
func update(t failer, d *storage.Document, text string) *storage.Document {
	t.Helper()
	after, faults := check(t, d.Noun, text).Apply(d, false)
	if len(faults) > 0 {
		t.Fatalf("update %s %s: %+v", d.Noun.Name, text, faults)
	}
	return after
}

// wantFaults compares faults in any order. Each wanted one is a pointer, a space and a part
// of the reason.
func wantFaults(t failer, got []storage.Fault, want ...string) {
	t.Helper()
	got = slices.Clone(got)
	slices.SortStableFunc(got, func(a, b storage.Fault) int { return strings.Compare(a.Pointer, b.Pointer) })
	slices.SortStableFunc(want, func(a, b string) int {
		pa, _, _ := strings.Cut(a, " ")
		pb, _, _ := strings.Cut(b, " ")
		return strings.Compare(pa, pb)
	})
	if len(got) != len(want) {
		t.Errorf("got %d faults, want %d:\n got %s\nwant %s", len(got), len(want), describe(got), strings.Join(want, "\n     "))
		return
	}
	for i, w := range want {
		pointer, reason, _ := strings.Cut(w, " ")
		if got[i].Pointer != pointer || !strings.Contains(got[i].Reason, reason) {
			t.Errorf("got the fault %q %q, want %q %q", got[i].Pointer, got[i].Reason, pointer, reason)
		}
	}
}

func describe(faults []storage.Fault) string {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.Pointer + " " + f.Reason
	}
	return strings.Join(lines, "\n     ")
}

// wantFields compares some fields of a document.
func wantFields(t failer, d *storage.Document, want map[string]any) {
	t.Helper()
	for name, v := range want {
		if diff := cmp.Diff(v, d.Fields[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// quoted returns a JSON text of n times s.
func quoted(s string, n int) string { return `"` + strings.Repeat(s, n) + `"` }

// at returns the time of a text.
func at(text string) time.Time {
	t, _, ok := storage.ParseTime(text)
	if !ok {
		panic(text + " is not a time")
	}
	return t
}
