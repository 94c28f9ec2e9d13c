package storage_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/strictjson"
)

type object = map[string]any

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

// create returns a new document from the text, which must have no fault.
func create(t failer, n *storage.Noun, text string) *storage.Document {
	t.Helper()
	d, faults := edit.Check(n, parse(t, text)).Apply(storage.NewDocument(n), true)
	if len(faults) > 0 {
		t.Fatalf("create %s %s: %+v", n.Name, text, faults)
	}
	return d
}

// at returns the time of a text.
func at(text string) time.Time {
	t, _, ok := storage.ParseTime(text)
	if !ok {
		panic(text + " is not a time")
	}
	return t
}

// field returns the description of a field that must exist.
func field(t testing.TB, n *storage.Noun, name string) *storage.Field {
	t.Helper()
	f := n.Field(name)
	if f == nil {
		t.Fatalf("%s has no field %s", n.Name, name)
	}
	return f
}

func drawTime(t *rapid.T, label string) time.Time {
	// Years 1 to 9999, of four digits.
	return time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, label), 0).UTC()
}
