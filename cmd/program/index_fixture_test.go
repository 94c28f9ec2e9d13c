package program

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marquee/deploy/devstack"
)

// errBusy is an answer that took too long on a busy machine. It says nothing:
// neither whether a write was made, nor what a search would have found.
var errBusy = errors.New("the answer took too long")

// searchable waits until the index answers at a version.
func (s site) searchable(t *testing.T, version int64) {
	t.Helper()
	eventually(t, func() error {
		f, err := s.public().list(t.Context(), "q=ferry")
		if err == nil && (f.Meta.Indexed == nil || *f.Meta.Indexed < version) {
			err = fmt.Errorf("the index does not answer at version %d: %+v", version, f.Meta)
		}
		return err
	})
}

// films writes a file of films to import.
func films(t *testing.T, titles ...string) string {
	t.Helper()
	var lines strings.Builder
	for _, title := range titles {
		lines.WriteString(`{"noun":"movie","object":{"title":"` + title + `"}}` + "\n")
	}
	path := filepath.Join(t.TempDir(), "films.ndjson")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// searchable is the environment of commands on a new catalogue with a search
// index at a server.
func searchable(t *testing.T, elasticsearch string) environment {
	t.Helper()
	e := catalogue(t)
	e["MARQUEE_ELASTICSEARCH_URL"] = elasticsearch
	e["MARQUEE_ELASTICSEARCH_INDEX"] = "catalogue"
	return e
}

// shared is searchable at the Elasticsearch that all tests share.
func shared(t *testing.T) environment {
	t.Helper()
	e := searchable(t, devstack.Elasticsearch(t))
	e["MARQUEE_ELASTICSEARCH_INDEX"] = devstack.IndexPrefix(t) + "catalogue"
	return e
}

// found is the answer to a list.
type found struct {
	Meta struct {
		Total    int
		Degraded bool
		// Indexed is nil when PostgreSQL has answered.
		Indexed *int64 `json:"index_version"`
	}
	Movies []movie
}

type movie struct{ ID, Title string }

// ids are those of the films on the page.
func (f *found) ids() []string {
	ids := []string{}
	for _, m := range f.Movies {
		ids = append(ids, m.ID)
	}
	return ids
}

// search asks for a list of films that must come, as the public; headers as in
// send.
func (s site) search(ctx context.Context, query string, headers ...string) (*found, error) {
	return s.public().list(ctx, query, headers...)
}

// list is search as who the site is. With credentials the answer is no kept one:
// it shows which engine answers now.
func (s site) list(ctx context.Context, query string, headers ...string) (*found, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a, err := s.send(ctx, http.MethodGet, "/2.0/movies?fields=title&"+query, "", headers...)
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusServiceUnavailable {
		return nil, fmt.Errorf("%s: %w: %s", query, errBusy, a.body)
	}
	if a.status != http.StatusOK {
		return nil, fmt.Errorf("%s: got %d: %s", query, a.status, a.body)
	}
	var f found
	return &f, json.Unmarshal(a.body, &f)
}

// indexed waits until the index answers searches, with everything that was
// written. The site must have credentials.
func (s site) indexed(t *testing.T) {
	t.Helper()
	version := s.version(t)
	eventually(t, func() error {
		f, err := s.list(t.Context(), "q=ferry")
		if err == nil && (f.Meta.Degraded || f.Meta.Indexed == nil || *f.Meta.Indexed < version) {
			err = fmt.Errorf("the index does not answer at version %d: %+v", version, f.Meta)
		}
		return err
	})
}

// clean checks that marquee verify finds nothing.
func clean(t *testing.T, e environment) {
	t.Helper()
	eventually(t, func() error {
		stdout, stderr, err := execute(t, e, "verify")
		if err != nil {
			return fmt.Errorf("verify: %w\n%s%s", err, stdout, stderr)
		}
		return nil
	})
}

// ferries writes films that searches are to find, and returns their ids.
func ferries(t *testing.T, s site) []string {
	t.Helper()
	var ids []string
	for _, title := range []string{"Night Ferry", "The Last Ferry", "Ferry to Nowhere"} {
		a := s.post(t, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":%q,"genres":[{"name":"Harbour"}]}}`, title))
		ids = append(ids, a.at(t, "movie.id"))
	}
	return ids
}

// ofIndex waits until the index answers a list, with the films that it must have:
// a call of the index may run out of its time, and the stand-in answers.
func (s site) ofIndex(t *testing.T, what, query string, want []string) {
	t.Helper()
	eventually(t, func() error {
		f, err := s.list(t.Context(), query)
		if err == nil && !slices.Equal(f.ids(), want) {
			t.Errorf("%s: %+v, want %v", what, f, want)
		}
		if err == nil && (f.Meta.Degraded || f.Meta.Indexed == nil) {
			err = fmt.Errorf("%s: the index does not answer: %+v", what, f.Meta)
		}
		return err
	})
}
