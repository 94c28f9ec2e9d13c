// Package storetest opens stores for tests and writes to them. Functions fail the
// test on an error.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/secret"
	"marquee/storage/strictjson"
)

// Key is a secret key: 32 bytes in hexadecimal.
var Key = strings.Repeat("01", secret.KeySize)

// deadline returns a context that ends with the test or after 10 minutes.
func deadline(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// Migrate creates the schema in the database at url, and returns url.
func Migrate(t testing.TB, url string) string {
	t.Helper()
	if _, err := postgres.Migrate(deadline(t), url); err != nil {
		t.Fatal(err)
	}
	return url
}

// New opens a store without secret keys over the new database at url.
func New(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(deadline(t), Migrate(t, url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Open opens a store with secret keys over the database at url.
func Open(t testing.TB, url, keys string, more ...postgres.Option) *postgres.Store {
	t.Helper()
	ring, err := secret.Parse(keys)
	if err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(deadline(t), url, append(more, postgres.WithSecrets(ring))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Dial opens a connection to the database at url.
func Dial(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(deadline(t), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(deadline(t)) })
	return conn
}

// Exec runs a statement on a connection of its own.
func Exec(t testing.TB, url, sql string, args ...any) {
	t.Helper()
	conn := Dial(t, url)
	if _, err := conn.Exec(deadline(t), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// Edit parses the JSON of an object like the API.
func Edit(t testing.TB, n *storage.Noun, body string) *edit.Edit {
	t.Helper()
	v, fault := strictjson.Parse([]byte(body))
	if fault != nil {
		t.Fatalf("%s: %+v", body, fault)
	}
	return edit.Check(n, v.(storage.Members))
}

// Create creates an object.
func Create(t testing.TB, s *postgres.Store, n *storage.Noun, body string) *storage.Object {
	t.Helper()
	out, err := s.Write(deadline(t), &edit.Write{Operation: storage.Create, Noun: n, Edit: Edit(t, n, body), Who: "test"})
	if err != nil {
		t.Fatalf("create %s %s: %v", n.Name, body, err)
	}
	return out.Object
}

// Update changes an object, and returns the error of the write.
func Update(t testing.TB, s *postgres.Store, n *storage.Noun, id, body string) (*edit.Written, error) {
	t.Helper()
	return s.Write(deadline(t), &edit.Write{Operation: storage.Update, Noun: n, ID: id, Edit: Edit(t, n, body), Who: "test"})
}

// Delete deletes an object, and returns the error of the write.
func Delete(t testing.TB, s *postgres.Store, n *storage.Noun, id string, cascade bool) error {
	t.Helper()
	_, err := s.Write(deadline(t), &edit.Write{Operation: storage.Delete, Noun: n, ID: id, Cascade: cascade, Who: "test"})
	return err
}

// WriteAs writes as a user. An empty body stands for a write without an edit.
func WriteAs(t testing.TB, s *postgres.Store, user string, w edit.Write, body string) (*edit.Written, error) {
	t.Helper()
	w.Who = user
	if body != "" {
		w.Edit = Edit(t, w.Noun, body)
	}
	return s.Write(deadline(t), &w)
}

// Fields decodes an object's public JSON.
func Fields(t testing.TB, o *storage.Object) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(o.Body, &m); err != nil {
		t.Fatalf("object %s: %v\n%s", o.ID, err, o.Body)
	}
	return m
}

// Documents returns all objects of a noun, by id.
func Documents(t testing.TB, s *postgres.Store, n *storage.Noun) []*storage.Document {
	t.Helper()
	var docs []*storage.Document
	err := s.Export(deadline(t), func(o *storage.Object, _ map[string]string) error {
		if o.Noun != n {
			return nil
		}
		d, err := storage.ParseDocument(n, o.Body)
		docs = append(docs, d)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// IDs returns the ids of objects.
func IDs(objects []storage.Object) []string {
	out := []string{}
	for _, o := range objects {
		out = append(out, o.ID)
	}
	return out
}

// Changes returns the changes after version since, as "version operation noun ids".
func Changes(t testing.TB, s *postgres.Store, since int64) []string {
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

// WantCode fails the test unless err has the code, and returns the error.
func WantCode(t testing.TB, err error, want storage.Code) *storage.Error {
	t.Helper()
	if storage.CodeOf(err) != want || err == nil {
		t.Fatalf("got error %v, want code %d", err, want)
	}
	e, _ := errors.AsType[*storage.Error](err)
	return e
}

// WantNoGaps fails the test unless the change log has every version up to the
// catalogue's.
func WantNoGaps(t testing.TB, s *postgres.Store) {
	t.Helper()
	var last int64
	for {
		c, err := s.Changes(deadline(t), last, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range c.Changes {
			if change.Version != last && change.Version != last+1 {
				t.Fatalf("version %d follows %d", change.Version, last)
			}
			last = change.Version
		}
		if len(c.Changes) == 0 {
			if last != c.Version {
				t.Fatalf("the log ends at %d, the catalogue is at %d", last, c.Version)
			}
			return
		}
	}
}
