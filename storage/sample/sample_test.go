package sample_test

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/sample"
	"marquee/storage/strictjson"
)

// maxSize bounds the sample in bytes, so that the first import is fast.
const maxSize = 120 << 10

// record is a line of the sample, its object checked and applied.
type record struct {
	line        int
	noun        *storage.Noun
	key, parent string
	fields      map[string]any
	slug        string
}

// readSample parses every line and reports its faults.
func readSample(t *testing.T) []record {
	t.Helper()
	var out []record
	body, ended := bytes.CutSuffix(sample.NDJSON, []byte("\n"))
	if !ended {
		t.Error("the last line does not end")
	}
	for i, line := range bytes.Split(body, []byte("\n")) {
		r, err := readLine(line)
		if err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		r.line = i + 1
		out = append(out, r)
	}
	return out
}

func readLine(line []byte) (record, error) {
	var r record
	v, fault := strictjson.Parse(line)
	if fault != nil {
		return r, fmt.Errorf("%s %s", fault.Pointer, fault.Reason)
	}
	members, ok := v.(storage.Members)
	if !ok {
		return r, fmt.Errorf("is not an object")
	}
	var object storage.Members
	for _, m := range members {
		s, _ := m.Value.(string)
		switch m.Name {
		case "noun":
			r.noun = storage.NounByName(s)
		case "key":
			r.key = s
		case "parent":
			r.parent = s
		case "object":
			object, _ = m.Value.(storage.Members)
		default:
			return r, fmt.Errorf("has the unknown member %q", m.Name)
		}
	}
	if r.noun == nil {
		return r, fmt.Errorf("has an unknown noun")
	}
	e := edit.Check(r.noun, object)
	document, faults := e.Apply(storage.NewDocument(r.noun), true)
	if len(faults) > 0 {
		return r, fmt.Errorf("object has faults: %+v", faults)
	}
	r.fields = document.Fields
	r.slug, _ = e.Asserted["id"].(string)
	return r, nil
}

func TestEveryLineIsAnObjectOfTheCatalogue(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	order := map[string]int{}
	for i, n := range storage.Nouns {
		order[n.Name] = i
	}
	last := 0
	for _, r := range readSample(t) {
		count[r.noun.Name]++
		if order[r.noun.Name] < last {
			t.Errorf("line %d: a %s comes after objects that may refer to it", r.line, r.noun.Name)
		}
		last = order[r.noun.Name]
		if r.fields["description"] == nil && r.noun != storage.Person {
			t.Errorf("line %d: no description", r.line)
		}
	}
	if n := count["movie"]; n < 95 || n > 115 {
		t.Errorf("%d movies, want about a hundred", n)
	}
	if n := count["serie"]; n != 2 {
		t.Errorf("%d series, want 2", n)
	}
	if n := count["collection"]; n != 3 {
		t.Errorf("%d collections, want 3", n)
	}
	if n := count["genre"]; n < 18 || n > 24 {
		t.Errorf("%d genres, want about twenty", n)
	}
	if n := len(sample.NDJSON); n > maxSize {
		t.Errorf("%d bytes, want at most %d", n, maxSize)
	}
}

func TestEveryReferenceHasATargetAboveIt(t *testing.T) {
	t.Parallel()
	records := readSample(t)
	defined := map[string]int{} // "genre drama", "person Agnès Varda": line
	used := map[string]bool{}
	for _, r := range records {
		switch r.noun {
		case storage.Genre:
			defined["genre "+r.slug] = r.line
		case storage.Person:
			defined["person "+r.fields["name"].(string)] = r.line
		}
		for _, target := range targets(r.fields) {
			used[target] = true
			if defined[target] == 0 {
				t.Errorf("line %d: %s is not defined above", r.line, target)
			}
		}
	}
	for target, line := range defined {
		if !used[target] {
			t.Errorf("line %d: %s is not used", line, target)
		}
	}
}

// targets returns the objects that the fields refer to.
func targets(fields map[string]any) []string {
	var out []string
	for field, noun := range map[string]string{"genres": "genre", "starring": "person", "directors": "person"} {
		items, _ := fields[field].([]any)
		for _, item := range items {
			if ref, ok := item.(edit.Reference); ok {
				item = ref.Name
			}
			out = append(out, fmt.Sprintf("%s %s", noun, item))
		}
	}
	query, _ := fields["query"].(string)
	parameters, err := url.ParseQuery(query)
	if err != nil {
		out = append(out, "query "+query)
	}
	for _, id := range strings.Split(parameters.Get("genres"), ",") {
		if id != "" {
			out = append(out, "genre "+id)
		}
	}
	return out
}

func TestPartsComeAfterTheirParents(t *testing.T) {
	t.Parallel()
	keys := map[string]*storage.Noun{}
	parts := map[string]int{}
	for _, r := range readSample(t) {
		if len(r.noun.Parents) > 0 {
			want := r.noun.Parents[len(r.noun.Parents)-1]
			if keys[r.parent] != want {
				t.Errorf("line %d: %q is not a %s", r.line, r.parent, want.Name)
			}
			if number := fmt.Sprint(r.fields["number"]); r.key != r.parent+"/"+number {
				t.Errorf("line %d: key %q of number %s under %q", r.line, r.key, number, r.parent)
			}
			parts[r.parent]++
		} else if r.parent != "" {
			t.Errorf("line %d: a %s is part of nothing", r.line, r.noun.Name)
		}
		keys[r.key] = r.noun
	}
	for key, noun := range keys {
		if (noun == storage.Serie || noun == storage.Season) && parts[key] == 0 {
			t.Errorf("%s has no parts", key)
		}
	}
}

func TestKeysIDsAndNamesAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	once := func(line int, what string) {
		if seen[what] != 0 {
			t.Errorf("line %d: %s is on line %d already", line, what, seen[what])
		}
		seen[what] = line
	}
	for _, r := range readSample(t) {
		if r.key == "" && r.noun != storage.Genre {
			t.Errorf("line %d: no key", r.line)
		}
		if r.key != "" {
			once(r.line, r.noun.Name+" key "+r.key)
		}
		if id := r.fields["imdb_id"]; id != nil {
			once(r.line, fmt.Sprint("IMDb id ", id))
		}
		switch r.noun {
		case storage.Genre:
			once(r.line, "genre id "+r.slug)
			once(r.line, "genre "+strings.ToLower(r.fields["name"].(string)))
		case storage.Person:
			once(r.line, "person "+strings.ToLower(r.fields["name"].(string)))
		case storage.Movie:
			once(r.line, fmt.Sprintf("%s (%v)", r.fields["title"], r.fields["release_year"]))
		}
	}
}
