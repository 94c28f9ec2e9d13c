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

// failer is what helpers need of *testing.T and *rapid.T alike.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// parse reads a JSON object as a request body is read.
func parse(t failer, text string) storage.Members {
	t.Helper()
	v, fault := strictjson.Parse([]byte(text))
	if fault != nil {
		t.Fatalf("%s: %s", text, fault.Reason)
	}
	members, ok := v.(storage.Members)
	if !ok {
		t.Fatalf("%s is no object", text)
	}
	return members
}

// create makes a new document of the text, which must be without fault.
func create(t failer, n *storage.Noun, text string) *storage.Document {
	t.Helper()
	d, faults := edit.Check(n, parse(t, text)).Apply(storage.NewDocument(n), true)
	if len(faults) > 0 {
		t.Fatalf("create %s %s: %+v", n.Name, text, faults)
	}
	return d
}

// at is a moment of the tests' calendar.
func at(text string) time.Time {
	t, _, ok := storage.ParseTime(text)
	if !ok {
		panic(text + " is no time")
	}
	return t
}

// field is the description of a field that must exist.
func field(t testing.TB, n *storage.Noun, name string) *storage.Field {
	t.Helper()
	f := n.Field(name)
	if f == nil {
		t.Fatalf("%s has no field %s", n.Name, name)
	}
	return f
}

func drawTime(t *rapid.T, label string) time.Time {
	// Years 1 to 9999: what four digits can write.
	return time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, label), 0).UTC()
}
