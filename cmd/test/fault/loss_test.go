package fault_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/postgres"
)

// verify reports the wrong replies of the crowd, and the acknowledged writes that
// PostgreSQL does not have. It returns the number of the latter.
func (c *crowd) verify(t *testing.T, e fixture.Env) (lost int) {
	t.Helper()
	for _, wrong := range c.wrong {
		t.Error(wrong)
	}
	store, err := postgres.Open(t.Context(), e["MARQUEE_DATABASE_URL"], postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	losses := c.losses(t, store)
	for _, loss := range losses {
		t.Error(loss)
	}
	return len(losses)
}

// losses returns the acknowledged writes that a store does not have.
func (c *crowd) losses(t *testing.T, store *postgres.Store) (losses []string) {
	t.Helper()
	log := logged(t, store)
	for _, f := range c.films {
		losses = append(losses, f.losses(t, store, log)...)
	}
	for path, title := range c.created {
		o, err := store.Get(t.Context(), storage.Movie, path[strings.LastIndex(path, "/")+1:], nil)
		if err != nil || !strings.Contains(string(o.Body), fmt.Sprintf("%q", title)) {
			losses = append(losses, fmt.Sprintf("%s: got %+v, %v; want the film %q", path, o, err, title))
		}
	}
	c.noDoubles(t, log)
	return losses
}

// logged returns the operation and the film of each version in the change log, and
// checks that versions have no gaps.
func logged(t *testing.T, store *postgres.Store) map[int64]string {
	t.Helper()
	films, last := map[int64]string{}, int64(0)
	for {
		page, err := store.Changes(t.Context(), last, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, ch := range page.Changes {
			if ch.Version != last && ch.Version != last+1 {
				t.Errorf("got version %d after %d in the change log, want no gap", ch.Version, last)
			}
			last = ch.Version
			if ch.Noun == storage.Movie {
				films[ch.Version] = fmt.Sprint(ch.Operation, " ", ch.IDs[0])
			}
		}
		if len(page.Changes) == 0 || last >= page.Version {
			return films
		}
	}
}

// losses returns the acknowledged states of a film that the change log does not have,
// and the last one, unless the film is in it or in a state whose reply was lost.
func (f *ledger) losses(t *testing.T, store *postgres.Store, log map[int64]string) (losses []string) {
	t.Helper()
	for n, s := range f.states {
		if s.version > 0 && !strings.HasSuffix(log[s.version], " "+f.id) {
			losses = append(losses, fmt.Sprintf("state %d of film %s: acknowledged as version %d, got %q in the change log", n, f.id, s.version, log[s.version]))
		}
	}
	o, err := store.Get(t.Context(), storage.Movie, f.id, nil)
	if err != nil {
		t.Fatal(err)
	}
	last := len(f.states) - 1
	allowed := []string{stateText(last)}
	if f.uncertain {
		allowed = append(allowed, stateText(last+1))
	}
	var film struct{ Description string }
	if err := json.Unmarshal(o.Body, &film); err != nil || !slices.Contains(allowed, film.Description) {
		losses = append(losses, fmt.Sprintf("film %s: got %s, want one of the states %q", f.id, o.Body, allowed))
	}
	return losses
}

// noDoubles checks that no repeated creation was made more than once.
func (c *crowd) noDoubles(t *testing.T, log map[int64]string) {
	t.Helper()
	made, asked := 0, len(c.films)+len(c.created)
	for _, what := range log {
		if strings.HasPrefix(what, string(storage.Create)) {
			made++
		}
	}
	for _, p := range c.pending {
		if p.title != "" { // may have been created
			asked++
		}
	}
	if made > asked {
		t.Errorf("got %d films, want at most %d", made, asked)
	}
}
