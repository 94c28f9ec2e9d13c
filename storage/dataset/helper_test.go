package dataset_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"marquee/storage"
	"marquee/storage/dataset"
	"marquee/storage/edit"
	"marquee/storage/incoming"
)

// write writes a file to a folder of the test and returns its path.
func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func compress(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func open(t testing.TB, format string, paths ...string) *dataset.Source {
	t.Helper()
	s, err := dataset.Open(format, paths)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// read returns all records of the files, after check.
func read(t testing.TB, format string, paths ...string) []*incoming.Record {
	t.Helper()
	var out []*incoming.Record
	for in, err := range open(t, format, paths...).Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		check(t, in)
		out = append(out, in)
	}
	return out
}

// check checks the rules for records on which the import relies.
func check(t testing.TB, in *incoming.Record) {
	t.Helper()
	if in.Noun == nil || in.File == "" || in.Line < 1 {
		t.Errorf("record %+v has no noun, file or line", in)
	}
	if in.Vote != nil {
		if in.Edit != nil || in.Exact != nil || !in.Noun.Voted() || in.Refused == "" && (in.Key == "" || in.Vote.User == "") {
			t.Errorf("%s: got the vote %+v, record %+v", in.Place(), in.Vote, in)
		}
		return
	}
	if in.Refused != "" || in.Exact != nil {
		if in.Edit != nil || in.Key != "" && in.Refused == "" || in.ParentKey != "" || in.Refused != "" && in.Exact != nil {
			t.Errorf("%s: refused or restored, but it has an edit, or a key beside its id", in.Place())
		}
		return
	}
	if len(in.Edit.Faults) > 0 || in.Edit.Noun != in.Noun {
		t.Errorf("%s: got a record with the faults %+v", in.Place(), in.Edit.Faults)
	}
	if _, faults := in.Edit.Apply(storage.NewDocument(in.Noun), true); len(faults) > 0 {
		t.Errorf("%s: Apply: got the faults %+v", in.Place(), faults)
	}
	byID := in.Noun.Parent() != nil && in.Edit.Asserted[in.Noun.Parent().IDName()] != nil
	if (in.ParentKey != "" || byID) != (in.Noun.Parent() != nil) {
		t.Errorf("%s: got key %q and parent %q for a %s", in.Place(), in.Key, in.ParentKey, in.Noun.Name)
	}
	keys := []string{in.Key, in.ParentKey}
	for _, f := range in.Noun.References() {
		list, _ := in.Edit.Values[f.Name].([]any)
		for _, v := range list {
			if ref, byName := v.(edit.Reference); byName && !isName(ref.Name) {
				t.Errorf("%s: got an invalid name in %s: %q", in.Place(), f.Name, ref.Name)
			} else {
				keys = append(keys, ref.Key)
			}
		}
	}
	for _, key := range keys {
		if len(key) > 500 || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
			t.Errorf("%s: got the key %q, which stores refuse", in.Place(), key)
		}
	}
}

// isName reports whether a name is valid.
func isName(name string) bool {
	plain := utf8.ValidString(name) && strings.TrimSpace(name) == name && !strings.ContainsRune(name, 0)
	return plain && name != "" && utf8.RuneCountInString(name) <= 200
}

// one returns the only record of the files.
func one(t testing.TB, format string, paths ...string) *incoming.Record {
	t.Helper()
	records := read(t, format, paths...)
	if len(records) != 1 {
		t.Fatalf("got %d records, want 1", len(records))
	}
	return records[0]
}

// values returns the checked fields of a record.
func values(t testing.TB, in *incoming.Record) map[string]any {
	t.Helper()
	if in.Refused != "" {
		t.Fatalf("%s: refused: %s", in.Place(), in.Refused)
	}
	return in.Edit.Values
}

// refs returns a list of references by name.
func refs(names ...string) []any {
	var out []any
	for _, n := range names {
		out = append(out, edit.Reference{Name: n})
	}
	return out
}
