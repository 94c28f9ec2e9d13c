package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
)

// as writes in a user's name.
func as(t testing.TB, s *postgres.Store, user string, w edit.Write, body string) (*edit.Written, error) {
	t.Helper()
	w.Who = user
	if body != "" {
		w.Edit = parseEdit(t, w.Noun, body)
	}
	return s.Write(deadline(t), &w)
}

// wantUsed fails unless every account holds the bytes of the documents that the
// user owns.
func wantUsed(t testing.TB, conn *pgx.Conn, s *postgres.Store) map[string]int64 {
	t.Helper()
	var parts []string
	for _, n := range storage.Nouns {
		parts = append(parts, `SELECT owner, octet_length(document::text) FROM `+n.Plural)
	}
	rows, err := conn.Query(deadline(t), `SELECT u.name, coalesce((SELECT sum(o.octet_length) FROM (`+strings.Join(parts, " UNION ALL ")+`) o WHERE o.owner = u.name), 0)::bigint FROM users u`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	var name string
	var sum int64
	if _, err := pgx.ForEachRow(rows, []any{&name, &sum}, func() error { want[name] = sum; return nil }); err != nil {
		t.Fatal(err)
	}
	accounts, err := s.Accounts(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, a := range accounts {
		got[a.User] = a.Used
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("used bytes (-owned +counted):\n%s", diff)
	}
	return got
}

// drawWrite makes a write of series and their parts, of films with persons that
// may be new, or an import. Objects may be missing: then it is refused.
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

func TestUsedBytesAreThoseOfOwnedDocuments(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s, conn := openWith(t, url, firstKey), dial(t, url)
	for _, name := range []string{"ann", "ben"} {
		issue(t, s, credential.User{Name: name, Role: credential.Editor})
	}
	written, key := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		for range 6 {
			user := rapid.SampledFrom([]string{"ann", "ben", "nobody"}).Draw(rt, "user")
			if rapid.IntRange(0, 9).Draw(rt, "import") == 0 {
				key++
				in := &incoming.Record{Noun: storage.Movie, Key: fmt.Sprint(key), Edit: parseEdit(t, storage.Movie, `{"title": "Imported", "genres": [{"name": "Drama"}]}`)}
				_, err := s.Import(deadline(t), func(yield func(*incoming.Record, error) bool) { yield(in, nil) }, importer.Options{Source: "test", Who: user})
				if err != nil {
					rt.Fatal(err)
				}
				continue
			}
			_, w, body := drawWrite(rt)
			switch _, err := as(t, s, user, w, body); storage.CodeOf(err) {
			case storage.NotFound, storage.Invalid, storage.Conflict:
			default:
				if err != nil {
					rt.Fatal(err)
				}
				written++
			}
		}
		wantUsed(t, conn, s)
	})
	if used := wantUsed(t, conn, s); written < 50 || used["ann"] == 0 || used["ben"] == 0 {
		t.Errorf("%d writes left %v: too few to tell anything", written, used)
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s, conn := openWith(t, url, firstKey, postgres.WithQuota(3000)), dial(t, url)
	for _, name := range []string{"ann", "ben"} {
		issue(t, s, credential.User{Name: name, Role: credential.Editor})
	}
	film := edit.Write{Operation: storage.Create, Noun: storage.Movie}
	first, err := as(t, s, "ann", film, `{"title": "One"}`)
	if err != nil {
		t.Fatal(err)
	}
	long := fmt.Sprintf(`{"title": "Two", "description": %q}`, strings.Repeat("x", 3000))
	version, _ := s.Version(deadline(t))
	for _, w := range []edit.Write{film, {Operation: storage.Update, Noun: storage.Movie, ID: first.Object.ID}} {
		_, err = as(t, s, "ann", w, long)
		e := wantCode(t, err, storage.QuotaExceeded)
		used := fmt.Sprint(wantUsed(t, conn, s)["ann"])
		if !strings.Contains(e.Detail, used+" of 3000 bytes") || e.Faults[0].Value != used || e.Faults[0].Allowed != "3000" {
			t.Errorf("%s bytes are used: %v, %+v", used, e, e.Faults)
		}
	}
	if after, _ := s.Version(deadline(t)); after != version {
		t.Error("a refused write made a version")
	}
	// Who has a quota of their own, or is no user, is not bound by the default.
	_, err = s.SetQuota(deadline(t), "ben", new(int64))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ben", "import"} {
		if _, err := as(t, s, name, film, long); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The owner pays, whoever writes; what shrinks is taken also above the quota.
	_, err = as(t, s, "ben", edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: first.Object.ID}, long)
	_ = wantCode(t, err, storage.QuotaExceeded)
	tiny := int64(10)
	if a, err := s.SetQuota(deadline(t), "ann", &tiny); err != nil || *a.Quota != 10 || a.Used == 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	if _, err := as(t, s, "ann", edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: first.Object.ID}, `{"title": "1"}`); err != nil {
		t.Error("a smaller document:", err)
	}
	if _, err := as(t, s, "ben", edit.Write{Operation: storage.Delete, Noun: storage.Movie, ID: first.Object.ID}, ""); err != nil {
		t.Fatal(err)
	}
	if used := wantUsed(t, conn, s); used["ann"] != 0 {
		t.Errorf("after the deletion %v", used)
	}
	_, err = s.SetQuota(deadline(t), "nobody", nil)
	_ = wantCode(t, err, storage.NotFound)
}

// A user who is over the quota has imports refused as a whole, with the batches
// before kept.
func TestQuotaOfImports(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s, conn := openWith(t, url, firstKey, postgres.WithQuota(2000)), dial(t, url)
	issue(t, s, credential.User{Name: "ann", Role: credential.Editor})
	var records []*incoming.Record
	for i := range 50 {
		records = append(records, &incoming.Record{Noun: storage.Movie, Key: fmt.Sprint(i), Edit: parseEdit(t, storage.Movie, `{"title": "T"}`)})
	}
	for _, c := range []struct {
		who  string
		code storage.Code
	}{{"ann", storage.QuotaExceeded}, {"import", storage.Internal}} {
		_, err := s.Import(deadline(t), func(yield func(*incoming.Record, error) bool) {
			for _, in := range slices.Clone(records) {
				if !yield(in, nil) {
					return
				}
			}
		}, importer.Options{Source: "test", Who: c.who})
		if storage.CodeOf(err) != c.code || (err == nil) != (c.code == storage.Internal) {
			t.Errorf("%s: %v", c.who, err)
		}
		if used := wantUsed(t, conn, s); used["ann"] != 0 {
			t.Errorf("used %v", used)
		}
	}
}
