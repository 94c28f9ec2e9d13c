package importer_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/dataset"
	"marquee/storage/dataset/dirty"
	"marquee/storage/dataset/file"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/storetest"
)

// sameWhole compares the whole reports of a dry run and of a run.
func sameWhole(t testing.TB, dry, real *incoming.Report) {
	t.Helper()
	sameReport(t, dry, real)
	for what, of := range map[string][2]any{"implied objects": {dry.Implied, real.Implied}, "reasons": {dry.Reasons, real.Reasons}, "repairs": {dry.Repairs, real.Repairs}} {
		if diff := cmp.Diff(of[0], of[1]); diff != "" {
			t.Errorf("the dry run reported other %s (-dry +real):\n%s", what, diff)
		}
	}
}

// Every record that a request could not create is refused, with the same reason in a dry
// run, and costs no other record. "" is a record that is not refused.
func TestRecordsThatRequestsRefuse(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	for range 2 {
		storetest.Create(t, s, storage.Person, `{"name": "Ann"}`)
	}
	rows := []struct {
		noun              *storage.Noun
		key, body, reason string
	}{
		{storage.Movie, "a", `{"title": "A", "genres": [{"name": "Драма"}]}`, "no id can be made"},
		{storage.Movie, "b", `{"title": "B", "genres": [{"name": "Love ♥"}]}`, ""},
		{storage.Movie, "c", `{"title": "C", "genres": [{"name": "Love ★"}]}`, "would get the"},
		{storage.Movie, "d", `{"title": "D", "starring": [{"name": "Ann"}]}`, "is the name of 2 persons: "},
		{storage.Movie, "e", `{"title": "E"}`, ""},
		{storage.Movie, "e", `{"title": "Other"}`, "differs from an earlier record of the same key: rows:5"},
		{storage.Movie, "e", `{"title": "E"}`, ""},
		{storage.Movie, "h", `{"title": "H", "magnet_hash": "` + strings.Repeat("00", 20) + `"}`, ""},
		{storage.Movie, "i", `{"title": "I", "magnet_hash": "` + strings.Repeat("A", 32) + `"}`, "magnet_hash"},
		{storage.Movie, "j", `{"title": "J", "likes": 1e18}`, "likes"},
		{storage.Genre, "g", `{"name": "Ужас"}`, "id is required"},
		{storage.Genre, "k", `{"name": "Love ♦"}`, ""}, // genres come before films
	}
	var records []*incoming.Record
	want := map[int]string{}
	for i, r := range rows {
		records = append(records, &incoming.Record{Noun: r.noun, Key: r.key, Position: incoming.Position{File: "rows", Line: i + 1}, Edit: storetest.Edit(t, r.noun, r.body)})
		if r.reason != "" {
			want[i+1] = r.reason
		}
	}
	want[2] = "would get the" // the id of Love ♦
	dry := run(t, s, true, records...)
	real := run(t, s, false, records...)
	sameWhole(t, dry, real)
	for _, refusal := range real.Refusals {
		if reason, refused := want[refusal.Line]; !refused || !strings.Contains(refusal.Reason, reason) {
			t.Errorf("%s: refused because %q, want %q", refusal.Place(), refusal.Reason, reason)
		}
		delete(want, refusal.Line)
	}
	if len(want) > 0 {
		t.Errorf("taken, want refused: %v", want)
	}
}

// A record of a foreign file loses a name that cannot become a genre, and the report names
// it.
func TestForgivenRecordsLoseNames(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	in := film(t, "a")
	in.Edit = storetest.Edit(t, storage.Movie, `{"title": "A", "genres": [{"name": "Драма"}, {"name": "Drama"}]}`)
	in.Edit.Forgive()
	dry := run(t, s, true, in)
	var listed []incoming.Entry
	real, err := s.Import(await.Context(t), func(yield func(*incoming.Record, error) bool) { yield(in, nil) },
		importer.Options{Source: "test", Who: "test", List: func(e incoming.Entry) { listed = append(listed, e) }})
	if err != nil {
		t.Fatal(err)
	}
	sameWhole(t, dry, real)
	if len(real.Repairs) != 1 || real.Total(incoming.Created) != 1 || real.Implied[storage.Genre] != 1 {
		t.Errorf("repairs %v, counts %v, implied %v", real.Repairs, real.Counts, real.Implied)
	}
	if len(listed) != 1 || !strings.HasPrefix(listed[0].Repair, "left out a genre: Драма") {
		t.Errorf("listed %+v", listed)
	}
}

// An id at the top of the range can be restored. New objects get ids that paths take.
func TestIDsAtTheTop(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	for _, id := range []string{"7", "999999999999999998", "999999999999999999"} {
		d := storage.NewDocument(storage.Person)
		d.ID, d.Fields["name"] = id, "P"
		d.Fields["added"], d.Fields["modified"] = time.Unix(0, 0).UTC(), time.Unix(0, 0).UTC()
		if r := run(t, s, false, &incoming.Record{Noun: storage.Person, Exact: d}); r.Total(incoming.Created) != 1 {
			t.Fatalf("%s: %v, %v", id, r.Counts, r.Reasons)
		}
	}
	for range 2 {
		if o := storetest.Create(t, s, storage.Person, `{"name": "Q"}`); o.ID != "8" && o.ID != "9" {
			t.Errorf("a new person got the id %s, want one after 7", o.ID)
		}
	}
}

// A record that the database refuses by a rule of its own costs no other record.
func TestRuleOfTheDatabase(t *testing.T) {
	t.Parallel()
	url := devstack.Postgres(t)
	s := storetest.New(t, url)
	storetest.Exec(t, url, `ALTER TABLE sources ADD CONSTRAINT injected CHECK (key <> '17')`)
	var records []*incoming.Record
	for i := range 50 {
		records = append(records, film(t, fmt.Sprint(i)))
	}
	r := run(t, s, false, records...)
	if r.Total(incoming.Created) != 49 || len(r.Refusals) != 1 || r.Refusals[0].Key != "17" || !strings.Contains(r.Refusals[0].Reason, "the rule injected") {
		t.Errorf("counts %v, refusals %+v", r.Counts, r.Refusals)
	}
}

// A dry run over damaged files reports what the run reports. A second run creates nothing.
func TestDryRunIsTheRun(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	sets := map[string]*dirty.Set{}
	for _, format := range dirty.Formats {
		sets[format] = dirty.Open(t, format, devstack.Data)
	}
	dir, deadline, rows := t.TempDir(), time.Now().Add(5*time.Second), 0
	rapid.Check(t, func(rt *rapid.T) {
		format := rapid.SampledFrom(dirty.Formats).Draw(rt, "format")
		files := sets[format].Draw(rt)
		if time.Now().After(deadline) {
			return // enough for one test
		}
		paths := dirty.Write(t, dir, files)
		dry, opened := tryFiles(t, s, format, true, paths)
		if !opened {
			return
		}
		real, _ := tryFiles(t, s, format, false, paths)
		sameWhole(t, dry, real)
		if n := linesOf(rt, files); format == "ndjson" && total(real) != n {
			t.Errorf("the report counts %d records of %d lines", total(real), n)
		}
		rows += real.Total(incoming.Created)
		again, _ := tryFiles(t, s, format, false, paths)
		if n, m := again.Total(incoming.Created), total(again)-total(real); n > 0 || m != 0 {
			t.Errorf("the second run created %d, and counts %d rows more", n, m)
		}
		if t.Failed() {
			rt.Fatalf("files of %s: %v", format, paths)
		}
	})
	if rows == 0 {
		t.Error("no row of any file was taken")
	}
	copied(t, s)
}

// linesOf counts the lines that are not blank.
func linesOf(rt *rapid.T, files []*dirty.File) (n int) {
	for _, f := range files {
		var read atomic.Int64
		err := file.Each(file.Memory(f.Name, f.Data, &read), file.NewLines, func(it file.Item) error {
			if len(bytes.TrimSpace(it.Data)) > 0 || it.Fault != "" {
				n++
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
	}
	return n
}

func total(r *incoming.Report) (n int) {
	for _, o := range []incoming.Outcome{incoming.Created, incoming.Unchanged, incoming.Linked, incoming.Refused} {
		n += r.Total(o)
	}
	return n
}

// tryFiles imports files, unless a damaged head keeps them from being opened.
func tryFiles(t testing.TB, s *postgres.Store, format string, dryRun bool, paths []string) (*incoming.Report, bool) {
	t.Helper()
	source, err := dataset.Open(format, paths)
	if err != nil {
		return nil, false
	}
	defer func() { _ = source.Close() }() // a damaged file may fail here, too
	report, err := s.Import(await.Context(t), source.Records(await.Context(t)), importer.Options{Source: source.Name(), Who: "test", DryRun: dryRun})
	if err != nil && strings.Contains(err.Error(), "import the batch") { // not the error of a cut file
		t.Error(err)
	}
	return report, true
}

// A request and a record without an id accept and refuse the same object, with the same
// faults.
func TestRequestsAndRecordsAgree(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	for range 2 {
		storetest.Create(t, s, storage.Person, `{"name": "Ann"}`)
	}
	storetest.Create(t, s, storage.Genre, `{"name": "Love ♥"}`)
	members := []string{
		`"title": "T"`, `"title": ""`, `"title": 7`, `"unknown": 1`, `"release_year": 1990.0`, `"release_year": 199e1`, `"release_year": 1990.5`,
		`"release_year": 99`, `"duration": 1e18`, `"genres": [{"name": "Драма"}]`, `"genres": [{"name": "Love ★"}]`, `"genres": [{"name": "LOVE ♥"}, "none"]`,
		`"genres": [{"name": "A!"}, {"name": "A+"}]`, `"starring": [{"name": "Ann"}, "99"]`, `"directors": [{"name": "New"}, 7]`, `"imdb_rating": 7.05`,
		`"imdb_rating": 70e-1`, `"likes": 7`, `"likes": 0.0`, `"magnet_hash": "x"`, `"mpaa": "none"`, `"languages": ["en", "xx"]`,
	}
	deadline := time.Now().Add(5 * time.Second)
	rapid.Check(t, func(rt *rapid.T) {
		given := rapid.SliceOfNDistinct(rapid.SampledFrom(members), 0, 5, func(m string) string { return strings.SplitN(m, `"`, 3)[1] }).Draw(rt, "members")
		if time.Now().After(deadline) {
			return // enough for one test
		}
		body := "{" + strings.Join(given, ", ") + "}"
		report := run(t, s, true, &incoming.Record{Noun: storage.Movie, Key: "a", Edit: storetest.Edit(t, storage.Movie, body)})
		_, err := s.Write(await.Context(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie, Edit: storetest.Edit(t, storage.Movie, body)})
		want := ""
		if e, refused := errors.AsType[*storage.Error](err); refused {
			want = storage.DescribeFaults(e.Faults)
		}
		got := ""
		if len(report.Refusals) > 0 {
			got = report.Refusals[0].Reason
		}
		if !slices.Equal(sorted(got), sorted(want)) {
			rt.Fatalf("%s: the import reports %q, the request %q", body, got, want)
		}
	})
}

// sorted returns the faults of a reason. Their order does not matter.
func sorted(reason string) []string { return slices.Sorted(strings.SplitSeq(reason, "; ")) }
