package importplan_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importplan"
	"marquee/storage/postgres/schema"
	"marquee/storage/strictjson"
	"marquee/storage/textform"
)

// fake is a catalogue in memory.
type fake struct {
	documents []*storage.Document
	keys      []importplan.Key
	next      int
}

func (f *fake) find(n *storage.Noun, match func(d *storage.Document) bool) (found []*storage.Document) {
	for _, d := range f.documents {
		if d.Noun == n && match(d) {
			found = append(found, d)
		}
	}
	return found
}

func (f *fake) IDsByKey(_ context.Context, source string, n *storage.Noun, keys []string, _ bool) (map[string]string, error) {
	found := map[string]string{}
	for _, k := range f.keys {
		if k.Source == source && k.Noun == n && slices.Contains(keys, k.Key) {
			found[k.Key] = k.ID
		}
	}
	return found, nil
}

func (f *fake) KeysByID(_ context.Context, source string, n *storage.Noun, ids []string) (map[string]string, error) {
	found := map[string]string{}
	for _, k := range f.keys {
		if k.Source == source && k.Noun == n && slices.Contains(ids, k.ID) {
			found[k.ID] = k.Key
		}
	}
	return found, nil
}

func (f *fake) IDsByName(_ context.Context, n *storage.Noun, folded []string) (map[string][]string, error) {
	found := map[string][]string{}
	for _, d := range f.find(n, func(d *storage.Document) bool { return slices.Contains(folded, textform.Fold(d.Label())) }) {
		found[textform.Fold(d.Label())] = append(found[textform.Fold(d.Label())], d.ID)
	}
	return found, nil
}

func (f *fake) IDsByValue(_ context.Context, n *storage.Noun, by schema.Distinction, values []string) (map[string]string, error) {
	found := map[string]string{}
	for _, d := range f.find(n, func(d *storage.Document) bool { return slices.Contains(values, by.Value(d)) }) {
		found[by.Value(d)] = d.ID
	}
	return found, nil
}

func (f *fake) Labels(_ context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	found := map[string]string{}
	for _, d := range f.find(n, func(d *storage.Document) bool { return slices.Contains(ids, d.ID) }) {
		found[d.ID] = d.Label()
	}
	return found, nil
}

func (f *fake) Parents(_ context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	found := map[string]string{}
	for _, d := range f.find(n, func(d *storage.Document) bool { return slices.Contains(ids, d.ID) }) {
		found[d.ID] = d.ID
		if above := schema.Of(n).Parents; len(above) > 0 {
			found[d.ID] = d.Fields[above[0].Name].(string)
		}
	}
	return found, nil
}

func (f *fake) Digests(_ context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	found := map[string]string{}
	for _, d := range f.find(n, func(d *storage.Document) bool { return slices.Contains(ids, d.ID) }) {
		found[d.ID] = importplan.Digest(d)
	}
	return found, nil
}

func (f *fake) LastID(context.Context, *storage.Noun) (int64, error) { return int64(f.next), nil }

func (f *fake) NextIDs(_ context.Context, _ *storage.Noun, count int) (ids []string, err error) {
	for range count {
		f.next++
		ids = append(ids, fmt.Sprint(f.next))
	}
	return ids, nil
}

func (f *fake) store(p *importplan.Plan) {
	for _, docs := range p.Implied {
		f.documents = append(f.documents, docs...)
	}
	f.documents = append(f.documents, p.Documents...)
	f.keys = append(f.keys, p.Keys...)
}

// record returns a record with the JSON of an object.
func record(t *testing.T, n *storage.Noun, key, body string) *incoming.Record {
	t.Helper()
	v, fault := strictjson.Parse([]byte(body))
	if fault != nil {
		t.Fatalf("%s: %+v", body, fault)
	}
	return &incoming.Record{Noun: n, Key: key, Edit: edit.Check(n, v.(storage.Members))}
}

// exact returns a record of an exported object.
func exact(n *storage.Noun, id, label string) *incoming.Record {
	d := storage.NewDocument(n)
	d.ID, d.Fields[n.Label] = id, label
	return &incoming.Record{Noun: n, Exact: d}
}

// run is an import whose records are planned one noun after the other.
type run struct {
	t       *testing.T
	planner *importplan.Planner
	fake    *fake
	dry     bool
	report  *incoming.Report
}

func start(t *testing.T, dryRun bool) *run {
	return &run{t: t, planner: importplan.New("source", dryRun), fake: &fake{}, dry: dryRun, report: incoming.NewReport()}
}

// plan plans records of one noun, and stores the plan unless it is a dry run.
// plan plans a batch of records of one noun, and returns all that it creates.
func (r *run) plan(records ...*incoming.Record) *importplan.Plan {
	r.t.Helper()
	for i, in := range records {
		in.Position = incoming.Position{File: "shows", Line: i + 1}
	}
	n, whole := records[0].Noun, &importplan.Plan{}
	b := r.planner.Batch(r.fake, time.Unix(0, 0).UTC(), r.report)
	for len(records) > 0 {
		p, rest, err := b.Plan(r.t.Context(), n, records)
		if err != nil {
			r.t.Fatal(err)
		}
		if !r.dry {
			r.fake.store(p)
		}
		whole.Implied, whole.Documents = append(whole.Implied, p.Implied...), append(whole.Documents, p.Documents...)
		whole.Keys, records = append(whole.Keys, p.Keys...), rest
	}
	b.Commit()
	return whole
}

// want compares the outcomes of a noun's records.
func (r *run) want(n *storage.Noun, want map[incoming.Outcome]int) {
	r.t.Helper()
	if diff := cmp.Diff(want, r.report.Counts[n]); diff != "" {
		r.t.Errorf("outcomes of %s (-want +got):\n%s\nrefused: %v", n.Plural, diff, slices.Collect(maps.Keys(r.report.Reasons)))
	}
}

// Real and dry runs report the same outcomes.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, dry := range []bool{false, true} {
		r := start(t, dry)
		r.plan(record(t, storage.Serie, "s", `{"title": "S"}`))
		r.plan(
			child(record(t, storage.Season, "1", `{"number": 1}`), "s"),
			child(record(t, storage.Season, "2", `{"number": 2}`), "unknown"), // refused
		)
		r.plan(
			child(record(t, storage.Episode, "e", `{"number": 1, "title": "E"}`), "1"),
			child(record(t, storage.Episode, "e", `{"number": 1, "title": "E"}`), "1"),       // again
			child(record(t, storage.Episode, "e", `{"number": 2, "title": "E again"}`), "1"), // refused
		)
		r.plan(record(t, storage.Serie, "s", `{"title": "S"}`), record(t, storage.Serie, "s", `{"title": "S again"}`), record(t, storage.Serie, "bad", `{"title": 7}`))
		r.plan(child(record(t, storage.Season, "3", `{"number": 3}`), "bad"))
		r.want(storage.Serie, map[incoming.Outcome]int{incoming.Created: 1, incoming.Unchanged: 1, incoming.Refused: 2})
		r.want(storage.Season, map[incoming.Outcome]int{incoming.Created: 1, incoming.Refused: 2})
		r.want(storage.Episode, map[incoming.Outcome]int{incoming.Created: 1, incoming.Unchanged: 1, incoming.Refused: 1})
		for _, want := range []string{"differs from an earlier record of the same key: shows:1", "its serie was refused: shows:3", "its serie is not in the catalogue: unknown"} {
			if !slices.ContainsFunc(r.report.Refusals, func(f incoming.Refusal) bool { return strings.HasPrefix(f.Reason, want) }) {
				t.Errorf("no record was refused, because %q: %+v", want, r.report.Refusals)
			}
		}
	}
}

func child(in *incoming.Record, parentKey string) *incoming.Record {
	in.ParentKey = parentKey
	return in
}

// The parents of a child are set, outermost too.
func TestParents(t *testing.T) {
	t.Parallel()
	r := start(t, false)
	r.plan(record(t, storage.Serie, "s", `{"title": "S"}`))
	r.plan(child(record(t, storage.Season, "1", `{"number": 1}`), "s"))
	p := r.plan(child(record(t, storage.Episode, "e", `{"number": 1, "title": "E"}`), "1"))
	if f := p.Documents[0].Fields; f["serie_id"] != "1" || f["season_id"] != "2" {
		t.Errorf("parents of the episode: %v", f)
	}
}

// A record with a distinct value of an existing object is linked to that object.
func TestDistinctValues(t *testing.T) {
	t.Parallel()
	r := start(t, false)
	r.plan(record(t, storage.Genre, "", `{"name": "Drama"}`))
	p := r.plan(record(t, storage.Genre, "d", `{"name": "DRAMA"}`), record(t, storage.Genre, "w", `{"name": "War"}`), record(t, storage.Genre, "v", `{"name": "WAR"}`))
	r.want(storage.Genre, map[incoming.Outcome]int{incoming.Created: 2, incoming.Linked: 1, incoming.Refused: 1})
	want := []importplan.Key{{Source: "source", Noun: storage.Genre, Key: "d", ID: "drama"}, {Source: "source", Noun: storage.Genre, Key: "w", ID: "war"}}
	same := cmp.Comparer(func(a, b *storage.Noun) bool { return a == b })
	if diff := cmp.Diff(want, p.Keys, same); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// An exported object that exists is unchanged if it is equal, otherwise refused.
func TestExactRecords(t *testing.T) {
	t.Parallel()
	r := start(t, false)
	r.plan(exact(storage.Person, "1", "Ann"), exact(storage.Person, "2", "Ben"))
	r.plan(exact(storage.Person, "1", "Ann"), exact(storage.Person, "2", "Bob"), exact(storage.Person, "3", "Cyd"), exact(storage.Person, "3", "Cyd"))
	r.want(storage.Person, map[incoming.Outcome]int{incoming.Created: 3, incoming.Unchanged: 2, incoming.Refused: 1})
}

// reference returns a film with one reference to a person.
func reference(t *testing.T, key, name string) *incoming.Record {
	t.Helper()
	in := record(t, storage.Movie, "", `{"title": "Film"}`)
	in.Edit.Values["starring"] = []any{edit.Reference{Name: name, Key: key}}
	return in
}

// References find persons by their key, then by their name. Persons of one name with
// different keys are different.
func TestReferences(t *testing.T) {
	t.Parallel()
	r := start(t, false)
	r.plan(record(t, storage.Person, "", `{"name": "Ann"}`)) // id 1
	for _, step := range []struct {
		key, name string
		want      string
		implied   int
	}{
		{"", "Ann", "1", 0},
		{"k", "ANN", "1", 0}, // gets the key
		{"k", "Anna", "1", 0},
		{"l", "Ann", "5", 1}, // another key, so another person
		{"", "Ben", "7", 1},
		{"", "Ben", "7", 0},
	} {
		before := r.report.Implied[storage.Person]
		p := r.plan(reference(t, step.key, step.name))
		got := fmt.Sprint(p.Documents[0].Fields["starring"])
		if implied := r.report.Implied[storage.Person] - before; got != "["+step.want+"]" || implied != step.implied {
			t.Errorf("%s with key %q: %s and %d implied, want [%s] and %d", step.name, step.key, got, implied, step.want, step.implied)
		}
	}
}

// Two spellings with one slug are one genre.
func TestImpliedSlugs(t *testing.T) {
	t.Parallel()
	r := start(t, false)
	p := r.plan(record(t, storage.Movie, "", `{"title": "A", "genres": [{"name": "Sci-Fi"}]}`), record(t, storage.Movie, "", `{"title": "B", "genres": [{"name": "Sci Fi"}]}`))
	for _, d := range p.Documents {
		if got := fmt.Sprint(d.Fields["genres"]); got != "[sci-fi]" {
			t.Errorf("genres of %s: %s", d.Label(), got)
		}
	}
	if n := r.report.Implied[storage.Genre]; n != 1 {
		t.Errorf("%d implied genres, want 1", n)
	}
}

// A record with a new name from which no id can be made is refused. The others are not.
func TestImpliedNamesWithoutSlugs(t *testing.T) {
	t.Parallel()
	r := start(t, false)
	p := r.plan(record(t, storage.Movie, "", `{"title": "A", "genres": [{"name": "Драма TV"}, {"name": "War"}]}`),
		record(t, storage.Movie, "", `{"title": "B", "genres": [{"name": "Комедия TV"}]}`),
		record(t, storage.Movie, "", `{"title": "C", "genres": [{"name": "Æventyr"}]}`))
	if len(p.Documents) != 1 || p.Documents[0].Label() != "C" || fmt.Sprint(p.Documents[0].Fields["genres"]) != "[aeventyr]" {
		t.Errorf("got %d documents, want C", len(p.Documents))
	}
	if refused := r.report.Refusals; len(refused) != 2 || !strings.Contains(refused[0].Reason, "Драма TV") || !strings.Contains(refused[1].Reason, "Комедия TV") {
		t.Errorf("refusals: %+v", refused)
	}
}
