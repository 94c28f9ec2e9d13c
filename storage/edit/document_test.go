package edit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/storage"
)

func TestPublicJSONRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t, drawNoun(t))
		body := d.AppendJSON(nil)
		if !json.Valid(body) {
			t.Fatalf("got %s, want valid JSON", body)
		}
		if s := string(body); strings.Contains(s, `\u003c`) || strings.Contains(s, `\u003e`) || strings.Contains(s, `\u0026`) {
			t.Errorf("got %s, want no HTML escapes", body)
		}
		back, err := storage.ParseDocument(d.Noun, body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(withoutUnset(any(d.Fields)), withoutUnset(any(back.Fields))); back.ID != d.ID || back.Noun != d.Noun || diff != "" {
			t.Errorf("id %q; fields (-want +got):\n%s", back.ID, diff)
		}
		if diff := cmp.Diff(string(body), string(back.AppendJSON(nil))); diff != "" {
			t.Errorf("written again (-want +got):\n%s", diff)
		}
		stored, err := storage.ParseDocument(d.Noun, d.AppendStored(nil))
		if err != nil || !storage.SameStored(d, stored) {
			t.Errorf("the stored part changed when it was parsed: %v", err)
		}
	})
}

func TestSearchDocumentsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t, drawNoun(t))
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		back, err := storage.ParseSearchDocument(d.Noun, data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(d.AppendJSON(nil)), string(back.AppendJSON(nil))); diff != "" {
			t.Errorf("object (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(d.Names, back.Names); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(d.SortKeys(), back.SortKeys()); diff != "" {
			t.Errorf("sort keys (-want +got):\n%s", diff)
		}
	})
}
