package commit_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/storetest"
)

// drawWrite draws a write of a series or its children, of a film with persons that
// may be new, or an import. It may name missing objects, and is then refused.
func drawWrite(t *rapid.T) (n *storage.Noun, w edit.Write, body string) {
	n = rapid.SampledFrom([]*storage.Noun{storage.Movie, storage.Movie, storage.Serie, storage.Season, storage.Episode}).Draw(t, "noun")
	w = edit.Write{Noun: n, Operation: rapid.SampledFrom([]storage.Operation{storage.Create, storage.Create, storage.Update, storage.Delete}).Draw(t, "operation")}
	w.ID = fmt.Sprint(rapid.IntRange(1, 20).Draw(t, "id"))
	text := strings.Repeat("é", rapid.IntRange(0, 30).Draw(t, "length"))
	switch {
	case w.Operation == storage.Delete:
		w.Cascade = rapid.Bool().Draw(t, "cascade")
		return n, w, ""
	case n == storage.Movie:
		return n, w, fmt.Sprintf(`{"title": "T%s", "starring": [{"name": "P%d"}]}`, text, rapid.IntRange(1, 50).Draw(t, "person"))
	case n == storage.Serie:
		return n, w, fmt.Sprintf(`{"title": "T%s"}`, text)
	}
	body = fmt.Sprintf(`{"title": "T%s", "number": %d`, text, rapid.IntRange(0, 1000).Draw(t, "number"))
	if w.Operation == storage.Create {
		body += fmt.Sprintf(`, "%s_id": "%d"`, n.Parent().Name, rapid.IntRange(1, 20).Draw(t, "parent"))
	}
	return n, w, body + "}"
}

// The used bytes of users are the sizes of the documents that they own.
func TestUsedBytes(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s, conn := storetest.Open(t, url, storetest.Key), storetest.Dial(t, url)
	for _, name := range []string{"ann", "ben"} {
		storetest.Issue(t, s, credential.User{Name: name, Role: credential.Editor})
	}
	written, key := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		for range 6 {
			user := rapid.SampledFrom([]string{"ann", "ben", "nobody"}).Draw(rt, "user")
			if rapid.IntRange(0, 9).Draw(rt, "import") == 0 {
				key++
				in := &incoming.Record{Noun: storage.Movie, Key: fmt.Sprint(key), Edit: storetest.Edit(t, storage.Movie, `{"title": "Imported", "genres": [{"name": "Drama"}]}`)}
				_, err := s.Import(await.Context(t), func(yield func(*incoming.Record, error) bool) { yield(in, nil) }, importer.Options{Source: "test", Who: user})
				if err != nil {
					rt.Fatal(err)
				}
				continue
			}
			_, w, body := drawWrite(rt)
			switch _, err := storetest.WriteAs(t, s, user, w, body); storage.CodeOf(err) {
			case storage.NotFound, storage.Invalid, storage.Conflict:
			default:
				if err != nil {
					rt.Fatal(err)
				}
				written++
			}
		}
		storetest.WantUsed(t, conn, s)
	})
	if used := storetest.WantUsed(t, conn, s); written < 50 || used["ann"] == 0 || used["ben"] == 0 {
		t.Errorf("%d writes left %v, too few for a test", written, used)
	}
}

// A write beyond the owner's quota is refused.
func TestQuota(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s, conn := storetest.Open(t, url, storetest.Key, postgres.WithQuota(3000)), storetest.Dial(t, url)
	for _, name := range []string{"ann", "ben"} {
		storetest.Issue(t, s, credential.User{Name: name, Role: credential.Editor})
	}
	film := edit.Write{Operation: storage.Create, Noun: storage.Movie}
	first, err := storetest.WriteAs(t, s, "ann", film, `{"title": "One"}`)
	if err != nil {
		t.Fatal(err)
	}
	long := fmt.Sprintf(`{"title": "Two", "description": %q}`, strings.Repeat("x", 3000))
	version, _ := s.Version(await.Context(t))
	for _, w := range []edit.Write{film, {Operation: storage.Update, Noun: storage.Movie, ID: first.Object.ID}} {
		_, err = storetest.WriteAs(t, s, "ann", w, long)
		e := storetest.WantCode(t, err, storage.QuotaExceeded)
		used := fmt.Sprint(storetest.WantUsed(t, conn, s)["ann"])
		if !strings.Contains(e.Detail, used+" of 3000 bytes") || e.Faults[0].Value != used || e.Faults[0].Allowed != "3000" {
			t.Errorf("%s bytes are used: %v, %+v", used, e, e.Faults)
		}
	}
	if after, _ := s.Version(await.Context(t)); after != version {
		t.Error("a refused write made a version")
	}
	// The default quota does not apply to users with their own, or to others than users.
	_, err = s.SetQuota(await.Context(t), "ben", new(int64))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ben", "import"} {
		if _, err := storetest.WriteAs(t, s, name, film, long); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The owner is charged for every author. A smaller document is accepted even above the
	// quota.
	_, err = storetest.WriteAs(t, s, "ben", edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: first.Object.ID}, long)
	_ = storetest.WantCode(t, err, storage.QuotaExceeded)
	tiny := int64(10)
	if a, err := s.SetQuota(await.Context(t), "ann", &tiny); err != nil || *a.Quota != 10 || a.Used == 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	if _, err := storetest.WriteAs(t, s, "ann", edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: first.Object.ID}, `{"title": "1"}`); err != nil {
		t.Error("a smaller document:", err)
	}
	if _, err := storetest.WriteAs(t, s, "ben", edit.Write{Operation: storage.Delete, Noun: storage.Movie, ID: first.Object.ID}, ""); err != nil {
		t.Fatal(err)
	}
	if used := storetest.WantUsed(t, conn, s); used["ann"] != 0 {
		t.Errorf("after the deletion %v", used)
	}
	_, err = s.SetQuota(await.Context(t), "nobody", nil)
	_ = storetest.WantCode(t, err, storage.NotFound)
}

// Collections count for the quota as films do. A film that a cascade takes out of one is deleted
// even where its owner is over the quota.
func TestQuotaOfCollections(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s, conn := storetest.Open(t, url, storetest.Key, postgres.WithQuota(2000)), storetest.Dial(t, url)
	storetest.Issue(t, s, credential.User{Name: "ann", Role: credential.Editor})
	storetest.Create(t, s, storage.Movie, `{"title": "One"}`)
	create := edit.Write{Operation: storage.Create, Noun: storage.Collection}
	if _, err := storetest.WriteAs(t, s, "ann", create, `{"name": "Small", "pins": ["1"]}`); err != nil {
		t.Fatal(err)
	}
	long := fmt.Sprintf(`{"name": "Large", "description": %q}`, strings.Repeat("x", 2000))
	for _, w := range []edit.Write{create, {Operation: storage.Update, Noun: storage.Collection, ID: "small"}} {
		_, err := storetest.WriteAs(t, s, "ann", w, long)
		e := storetest.WantCode(t, err, storage.QuotaExceeded)
		if used := fmt.Sprint(storetest.WantUsed(t, conn, s)["ann"]); e.Faults[0].Value != used || e.Faults[0].Allowed != "2000" {
			t.Errorf("%s bytes are used: %v, %+v", used, e, e.Faults)
		}
	}
	tiny := int64(10)
	if _, err := s.SetQuota(await.Context(t), "ann", &tiny); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Delete(t, s, storage.Movie, "1", true); err != nil {
		t.Error("a cascade:", err)
	}
	if _, err := storetest.WriteAs(t, s, "ann", edit.Write{Operation: storage.Delete, Noun: storage.Collection, ID: "small"}, ""); err != nil {
		t.Fatal(err)
	}
	if used := storetest.WantUsed(t, conn, s); used["ann"] != 0 {
		t.Errorf("after the deletion %v", used)
	}
}

// Records of an import beyond the quota are refused. Those that fit are stored.
func TestQuotaOfImports(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s, conn := storetest.Open(t, url, storetest.Key, postgres.WithQuota(2000)), storetest.Dial(t, url)
	storetest.Issue(t, s, credential.User{Name: "ann", Role: credential.Editor})
	for _, who := range []string{"ann", "import"} {
		report, err := s.Import(await.Context(t), func(yield func(*incoming.Record, error) bool) {
			for i := range 50 {
				in := &incoming.Record{Noun: storage.Movie, Key: who + fmt.Sprint(i), Edit: storetest.Edit(t, storage.Movie, `{"title": "T"}`)}
				if !yield(in, nil) {
					return
				}
			}
		}, importer.Options{Source: "test", Who: who})
		if err != nil {
			t.Fatal(err)
		}
		created, refused := report.Total(incoming.Created), report.Total(incoming.Refused)
		if limited := who == "ann"; created == 0 || created+refused != 50 || (refused > 0) != limited {
			t.Errorf("%s: %d created, %d refused", who, created, refused)
		}
	}
	if used := storetest.WantUsed(t, conn, s); used["ann"] == 0 || used["ann"] > 2000 {
		t.Errorf("used %v", used)
	}
}
