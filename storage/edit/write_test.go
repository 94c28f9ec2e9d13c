package edit_test

import (
	"slices"
	"testing"
	"time"

	"marquee/storage"
	"marquee/storage/edit"
)

// A condition of versions and of a date holds, or allows no version at all.
func TestCondition(t *testing.T) {
	t.Parallel()
	modified := time.Date(2025, 11, 1, 10, 0, 0, 0, time.UTC)
	earlier, later := modified.Add(-time.Second), modified.Add(time.Second)
	const version = 7
	for name, c := range map[string]struct {
		condition    edit.Condition
		dated, plain bool // whether a document with, and one without a date meets it
	}{
		"none":                      {edit.Condition{}, true, true},
		"the version":               {edit.Condition{Match: []int64{3, version}}, true, true},
		"other versions":            {edit.Condition{Match: []int64{3}}, false, false},
		"no version":                {edit.Condition{Match: []int64{}}, false, false},
		"not the version":           {edit.Condition{NoneMatch: []int64{3, version}}, false, false},
		"not another version":       {edit.Condition{NoneMatch: []int64{3}}, true, true},
		"not none":                  {edit.Condition{NoneMatch: []int64{}}, true, true},
		"unmodified since the date": {edit.Condition{UnmodifiedSince: modified}, true, true},
		"unmodified since later":    {edit.Condition{UnmodifiedSince: later}, true, true},
		"unmodified since earlier":  {edit.Condition{UnmodifiedSince: earlier}, false, true},
		"the version, but modified": {edit.Condition{Match: []int64{version}, UnmodifiedSince: earlier}, false, true},
		"both versions":             {edit.Condition{Match: []int64{version}, NoneMatch: []int64{version}}, false, false},
	} {
		for _, d := range []struct {
			document *storage.Document
			want     bool
		}{{&storage.Document{Fields: map[string]any{"modified": modified}}, c.dated}, {&storage.Document{}, c.plain}} {
			if got := c.condition.Allows(d.document, version); got != d.want {
				t.Errorf("%s, of %v: got %v, want %v", name, d.document.Fields, got, d.want)
			}
			versions := c.condition.Versions(d.document, version)
			if allowed := versions == nil || slices.Contains(versions, version); allowed != d.want {
				t.Errorf("%s, of %v: got the versions %v, want %v", name, d.document.Fields, versions, d.want)
			}
		}
	}
}
