package load

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
)

// Writers is a set of clients that create films, and record the acknowledged ones.
type Writers struct {
	fixture.Site
	cancel context.CancelFunc
	Group  sync.WaitGroup

	Mu       sync.Mutex
	Titles   map[string]string // of the acknowledged films, by path
	versions []int64           // of the acknowledged films
	statuses map[int]int       // numbers of replies by status
	wrong    []string          // wrong replies
	Broken   int               // requests without a reply
}

const (
	// WriterCount is the number of clients.
	WriterCount = 4
	// WriteEvery is the interval between two writes of a client. It leaves the
	// processors to the server.
	WriteEvery = 10 * time.Millisecond
)

// StartWriters starts the clients. Different series make different titles. A client
// stops when its connection breaks, and all stop at the end of the test.
func StartWriters(t *testing.T, s fixture.Site, series int) *Writers {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &Writers{Site: s, cancel: cancel, Titles: map[string]string{}, statuses: map[int]int{}}
	for i := range WriterCount {
		w.Group.Go(func() { w.write(ctx, fmt.Sprintf("writer %d.%d", series, i)) })
	}
	t.Cleanup(w.Stop)
	return w
}

// Stop stops the clients after their current requests.
func (w *Writers) Stop() {
	w.cancel()
	w.Group.Wait()
}

func (w *Writers) write(ctx context.Context, writer string) {
	pause := time.NewTicker(WriteEvery)
	defer pause.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		if !w.Post(context.WithoutCancel(ctx), fmt.Sprintf("Film %d of %s", i, writer)) {
			return
		}
	}
}

// Post creates a film, and reports whether there was a reply.
func (w *Writers) Post(ctx context.Context, title string) bool {
	ctx, cancel := context.WithTimeout(ctx, fixture.Patience)
	defer cancel()
	a, err := w.Send(ctx, http.MethodPost, "/2.0/movies",
		fmt.Sprintf(`{"movie":{"title":%q,"starring":[{"name":"Star of %s"}]}}`, title, title))
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if err != nil {
		w.Broken++
		return false
	}
	w.statuses[a.Status]++
	switch a.Status {
	case http.StatusCreated:
		version, err := strconv.ParseInt(a.Header.Get("Catalogue-Version"), 10, 64)
		if err != nil {
			w.wrong = append(w.wrong, fmt.Sprintf("Catalogue-Version: got %v, want a version", err))
		}
		w.Titles[a.Header.Get("Location")], w.versions = title, append(w.versions, version)
	case http.StatusServiceUnavailable:
		if kind := a.Header.Get("Content-Type"); kind != "application/problem+json" || !json.Valid(a.Body) {
			w.wrong = append(w.wrong, fmt.Sprintf("got 503 of type %q, want a problem: %s", kind, a.Body))
		}
	default:
		w.wrong = append(w.wrong, fmt.Sprintf("got %d, want 201 or 503: %s", a.Status, a.Body))
	}
	return true
}

// count returns the number of replies with a status.
func (w *Writers) count(status int) int {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	return w.statuses[status]
}

// Await waits for more replies with a status.
func (w *Writers) Await(t *testing.T, status, more int) {
	t.Helper()
	enough := w.count(status) + more
	await.Nil(t, func() error {
		if n := w.count(status); n < enough {
			return fmt.Errorf("got %d replies with status %d, want %d", n, status, enough)
		}
		return nil
	})
}

// CheckNoLoss checks that a site has all acknowledged films, at most one more for each
// request without a reply or with 503, and a change log of exactly these films.
func CheckNoLoss(t *testing.T, s fixture.Site, all ...*Writers) {
	t.Helper()
	log := s.Changes(t)
	fixture.NoGaps(t, log)
	created := map[string]int64{}
	for _, c := range log {
		if c.Noun == "movie" {
			created["/2.0/movies/"+c.IDs[0]] = c.Version
		}
	}
	acknowledged, uncertain := 0, 0
	for _, w := range all {
		acknowledged += len(w.Titles)
		uncertain += w.Broken + w.statuses[http.StatusServiceUnavailable]
		var versions []int64
		for location, title := range w.Titles {
			versions = append(versions, created[location])
			if got := s.Get(t, location+"?fields=title").At(t, "movie.title"); got != title {
				t.Errorf("%s: got %q, want %q as acknowledged", location, got, title)
			}
		}
		slices.Sort(versions)
		slices.Sort(w.versions)
		if !slices.Equal(versions, w.versions) {
			t.Errorf("got the versions %v in the change log, want %v", versions, w.versions)
		}
		for _, wrong := range w.wrong {
			t.Error("a writer:", wrong)
		}
	}
	films := s.Total(t, "/2.0/movies")
	if int(films) != len(created) || int(films) < acknowledged || int(films) > acknowledged+uncertain {
		t.Errorf("got %d films and %d in the change log, want %d acknowledged and at most %d more", films, len(created), acknowledged, uncertain)
	}
	if stars := s.Total(t, "/2.0/persons"); stars != films {
		t.Errorf("got %d persons in %d films, want one in each: a write is incomplete", stars, films)
	}
	t.Logf("%d films acknowledged; %d of %d uncertain ones created; replies: %s", acknowledged, int(films)-acknowledged, uncertain, describeStatuses(all))
}

func describeStatuses(all []*Writers) string {
	var texts []string
	for _, w := range all {
		texts = append(texts, fmt.Sprint(w.statuses))
	}
	return strings.Join(texts, ", ")
}

// Acknowledged returns a version that has a film, 0 if the film is not acknowledged.
func (w *Writers) Acknowledged(title string) int64 {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	for _, known := range w.Titles {
		if known == title {
			return slices.Max(w.versions)
		}
	}
	return 0
}
