package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/strictjson"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// open returns a store over a new, empty database.
func open(t testing.TB) *postgres.Store {
	t.Helper()
	url := devstack.Postgres(t)
	ctx := deadline(t)
	if _, err := postgres.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// deadline bounds what a test asks of a store.
func deadline(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// parseEdit reads the JSON of an object as the API would.
func parseEdit(t testing.TB, n *storage.Noun, body string) *edit.Edit {
	t.Helper()
	v, fault := strictjson.Parse([]byte(body))
	if fault != nil {
		t.Fatalf("%s: %+v", body, fault)
	}
	return edit.Check(n, v.(storage.Members))
}

// create stores an object and returns it.
func create(t testing.TB, s *postgres.Store, n *storage.Noun, body string) *storage.Object {
	t.Helper()
	out, err := s.Write(deadline(t), &edit.Write{Operation: storage.Create, Noun: n, Edit: parseEdit(t, n, body), Who: "test"})
	if err != nil {
		t.Fatalf("create %s %s: %v", n.Name, body, err)
	}
	return out.Object
}

// update changes an object.
func update(t testing.TB, s *postgres.Store, n *storage.Noun, id, body string) (*edit.Written, error) {
	t.Helper()
	return s.Write(deadline(t), &edit.Write{Operation: storage.Update, Noun: n, ID: id, Edit: parseEdit(t, n, body), Who: "test"})
}

// remove deletes an object.
func remove(t testing.TB, s *postgres.Store, n *storage.Noun, id string, cascade bool) error {
	t.Helper()
	_, err := s.Write(deadline(t), &edit.Write{Operation: storage.Delete, Noun: n, ID: id, Cascade: cascade, Who: "test"})
	return err
}

// fields decodes an object's public JSON.
func fields(t testing.TB, o *storage.Object) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(o.Body, &m); err != nil {
		t.Fatalf("object %s: %v\n%s", o.ID, err, o.Body)
	}
	return m
}

// wantCode fails unless err has the code.
func wantCode(t testing.TB, err error, want storage.Code) *storage.Error {
	t.Helper()
	if storage.CodeOf(err) != want || err == nil {
		t.Fatalf("got error %v, want code %d", err, want)
	}
	e, _ := errors.AsType[*storage.Error](err)
	return e
}

// log reads every change as "operation noun id", with the version before it.
func log(t testing.TB, s *postgres.Store, since int64) []string {
	t.Helper()
	c, err := s.Changes(deadline(t), since, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range c.Changes {
		out = append(out, fmt.Sprintf("%d %s %s %v", c.Version, c.Operation, c.Noun.Name, c.IDs))
	}
	return out
}

// A database is told from every other one on the server, by a role without
// rights of its own.
func TestIdentity(t *testing.T) {
	t.Parallel()
	identity := func(s *postgres.Store) string {
		t.Helper()
		id, err := s.Identity(deadline(t))
		if err != nil || len(id) < 5 || len(id) > 60 {
			t.Fatalf("%q, %v", id, err)
		}
		return id
	}
	s, other := open(t), open(t)
	first, again := identity(s), identity(s)
	if first != again || first == identity(other) {
		t.Errorf("%s, then %s; another is %s", first, again, identity(other))
	}
}
