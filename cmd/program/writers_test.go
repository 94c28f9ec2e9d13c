package program

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
)

// writers post films through several connections at once, and keep what was
// acknowledged.
type writers struct {
	site
	cancel context.CancelFunc
	group  sync.WaitGroup

	mu       sync.Mutex
	titles   map[string]string // acknowledged, by id
	versions []int64           // their versions
	statuses map[int]int       // how many answers had which status
	strange  []string          // answers that nobody should get
	broken   int               // requests without an answer
}

const (
	writerCount = 4
	writeEvery  = 10 * time.Millisecond // leaves the processors to the server
)

// startWriters returns at once. The series tells their films from others. A
// writer ends when its connection breaks, and all when the test ends.
func startWriters(t *testing.T, s site, series int) *writers {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &writers{site: s, cancel: cancel, titles: map[string]string{}, statuses: map[int]int{}}
	for i := range writerCount {
		w.group.Go(func() { w.write(ctx, fmt.Sprintf("writer %d.%d", series, i)) })
	}
	t.Cleanup(w.stop)
	return w
}

// stop lets the requests on their way end.
func (w *writers) stop() {
	w.cancel()
	w.group.Wait()
}

func (w *writers) write(ctx context.Context, writer string) {
	pause := time.NewTicker(writeEvery)
	defer pause.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		if !w.post(context.WithoutCancel(ctx), fmt.Sprintf("Film %d of %s", i, writer)) {
			return
		}
	}
}

// post writes a film and reports whether there was an answer.
func (w *writers) post(ctx context.Context, title string) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a, err := w.send(ctx, http.MethodPost, "/2.0/movies",
		fmt.Sprintf(`{"movie":{"title":%q,"starring":[{"name":"Star of %s"}]}}`, title, title))
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.broken++
		return false
	}
	w.statuses[a.status]++
	switch a.status {
	case http.StatusCreated:
		version, err := strconv.ParseInt(a.header.Get("Catalogue-Version"), 10, 64)
		if err != nil {
			w.strange = append(w.strange, fmt.Sprintf("Catalogue-Version: %v", err))
		}
		w.titles[a.header.Get("Location")], w.versions = title, append(w.versions, version)
	case http.StatusServiceUnavailable:
		if kind := a.header.Get("Content-Type"); kind != "application/problem+json" || !json.Valid(a.body) {
			w.strange = append(w.strange, fmt.Sprintf("503 of type %q: %s", kind, a.body))
		}
	default:
		w.strange = append(w.strange, fmt.Sprintf("%d: %s", a.status, a.body))
	}
	return true
}

// count is how many answers had a status.
func (w *writers) count(status int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.statuses[status]
}

// await waits until so many more answers have had a status.
func (w *writers) await(t *testing.T, status, more int) {
	t.Helper()
	enough := w.count(status) + more
	eventually(t, func() error {
		if n := w.count(status); n < enough {
			return fmt.Errorf("%d of %d answers have status %d", n, enough, status)
		}
		return nil
	})
}

// checkKept checks that a site has every film that was acknowledged, at most
// one more for each request that had no answer or a 503, and a log of just that.
func checkKept(t *testing.T, s site, all ...*writers) {
	t.Helper()
	log := s.changes(t)
	noGaps(t, log)
	created := map[string]int64{}
	for _, c := range log {
		if c.Noun == "movie" {
			created["/2.0/movies/"+c.IDs[0]] = c.Version
		}
	}
	acknowledged, unsure := 0, 0
	for _, w := range all {
		acknowledged += len(w.titles)
		unsure += w.broken + w.statuses[http.StatusServiceUnavailable]
		var versions []int64
		for location, title := range w.titles {
			versions = append(versions, created[location])
			if got := s.get(t, location+"?fields=title").at(t, "movie.title"); got != title {
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
	films := s.total(t, "/2.0/movies")
	if int(films) != len(created) || int(films) < acknowledged || int(films) > acknowledged+unsure {
		t.Errorf("%d films, %d in the log; %d were acknowledged, %d more may be there", films, len(created), acknowledged, unsure)
	}
	if stars := s.total(t, "/2.0/persons"); stars != films {
		t.Errorf("%d persons in %d films that have one each: something is half-written", stars, films)
	}
	t.Logf("%d films acknowledged, %d kept of %d unsure, answers: %s", acknowledged, int(films)-acknowledged, unsure, describeStatuses(all))
}

func describeStatuses(all []*writers) string {
	var texts []string
	for _, w := range all {
		texts = append(texts, fmt.Sprint(w.statuses))
	}
	return strings.Join(texts, ", ")
}

// acknowledged is a version at which a film is there, 0 when its writer does not
// know.
func (w *writers) acknowledged(title string) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, known := range w.titles {
		if known == title {
			return slices.Max(w.versions)
		}
	}
	return 0
}
