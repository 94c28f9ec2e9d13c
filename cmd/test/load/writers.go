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

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"
)

// Writers post films through several connections at once, and keep what was
// Acknowledged.
type Writers struct {
	fixture.Site
	cancel context.CancelFunc
	Group  sync.WaitGroup

	Mu       sync.Mutex
	Titles   map[string]string // acknowledged, by id
	versions []int64           // their versions
	statuses map[int]int       // how many answers had which status
	strange  []string          // answers that nobody should get
	Broken   int               // requests without an answer
}

const (
	// WriterCount is how many connections write.
	WriterCount = 4
	// WriteEvery is the pause of one.
	WriteEvery = 10 * time.Millisecond // leaves the processors to the server
)

// StartWriters returns at once. The series tells their films from others. A
// writer ends when its connection breaks, and all when the test ends.
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

// Stop lets the requests on their way end.
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

// Post writes a film and reports whether there was an answer.
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
			w.strange = append(w.strange, fmt.Sprintf("Catalogue-Version: %v", err))
		}
		w.Titles[a.Header.Get("Location")], w.versions = title, append(w.versions, version)
	case http.StatusServiceUnavailable:
		if kind := a.Header.Get("Content-Type"); kind != "application/problem+json" || !json.Valid(a.Body) {
			w.strange = append(w.strange, fmt.Sprintf("503 of type %q: %s", kind, a.Body))
		}
	default:
		w.strange = append(w.strange, fmt.Sprintf("%d: %s", a.Status, a.Body))
	}
	return true
}

// count is how many answers had a status.
func (w *Writers) count(status int) int {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	return w.statuses[status]
}

// Await waits until so many more answers have had a status.
func (w *Writers) Await(t *testing.T, status, more int) {
	t.Helper()
	enough := w.count(status) + more
	await.Nil(t, func() error {
		if n := w.count(status); n < enough {
			return fmt.Errorf("%d of %d answers have status %d", n, enough, status)
		}
		return nil
	})
}

// CheckKept checks that a site has every film that was acknowledged, at most
// one more for each request that had no answer or a 503, and a log of just that.
func CheckKept(t *testing.T, s fixture.Site, all ...*Writers) {
	t.Helper()
	log := s.Changes(t)
	fixture.NoGaps(t, log)
	created := map[string]int64{}
	for _, c := range log {
		if c.Noun == "movie" {
			created["/2.0/movies/"+c.IDs[0]] = c.Version
		}
	}
	acknowledged, unsure := 0, 0
	for _, w := range all {
		acknowledged += len(w.Titles)
		unsure += w.Broken + w.statuses[http.StatusServiceUnavailable]
		var versions []int64
		for location, title := range w.Titles {
			versions = append(versions, created[location])
			if got := s.Get(t, location+"?fields=title").At(t, "movie.title"); got != title {
				t.Errorf("%s was %q when it was acknowledged, now it is %q", location, title, got)
			}
		}
		slices.Sort(versions)
		slices.Sort(w.versions)
		if !slices.Equal(versions, w.versions) {
			t.Errorf("the log has versions %v, acknowledged were %v", versions, w.versions)
		}
		for _, strange := range w.strange {
			t.Error("a writer got", strange)
		}
	}
	films := s.Total(t, "/2.0/movies")
	if int(films) != len(created) || int(films) < acknowledged || int(films) > acknowledged+unsure {
		t.Errorf("%d films, %d in the log; %d were acknowledged, %d more may be there", films, len(created), acknowledged, unsure)
	}
	if stars := s.Total(t, "/2.0/persons"); stars != films {
		t.Errorf("%d persons in %d films that have one each: something is half-written", stars, films)
	}
	t.Logf("%d films acknowledged, %d kept of %d unsure, answers: %s", acknowledged, int(films)-acknowledged, unsure, describeStatuses(all))
}

func describeStatuses(all []*Writers) string {
	var texts []string
	for _, w := range all {
		texts = append(texts, fmt.Sprint(w.statuses))
	}
	return strings.Join(texts, ", ")
}

// Acknowledged is a version at which a film is there, 0 when its writer does not
// know.
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
