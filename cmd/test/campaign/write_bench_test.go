package campaign_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"marquee/cmd/test/load"
)

const (
	// writeTime is the duration of the writes.
	writeTime = 30 * time.Second
	// writeEvery is the interval between two writes through one process: 20 writes a second
	// through both.
	writeEvery = 100 * time.Millisecond
	// pageClients is the number of clients that read pages of a process.
	pageClients = 3
	// writtenFilms is the number of films that are written: half of the first two pages.
	writtenFilms = 10
	// versionEvery is how many requests have one with Min-Version among them.
	versionEvery = 20
)

// write is a write that was answered.
type write struct {
	number         int
	sent, answered time.Time
	shown          [processCount]time.Time // when each process first showed it or a later one
}

// writtenFilm is a film whose description has the number of its last write. One process
// writes it.
type writtenFilm struct {
	id     string
	writer int
	writes []*write // in order; the last one may not be answered
}

// written is the state of all writes.
type written struct {
	mu      sync.Mutex
	films   map[string]*writtenFilm
	version int64 // of the answered writes
	number  int
	count   map[string]int // answers, by their source
	wrong   []string
}

// floor is what an answer must show, of each film.
type floor map[string]int

// floorOf returns what a read that begins now must show: what its process has answered, or
// with Min-Version what any process has.
func (w *written) floorOf(reader int, all bool) (floor, int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	least := floor{}
	for id, f := range w.films {
		if !all && f.writer != reader {
			continue
		}
		for _, one := range slices.Backward(f.writes) {
			if !one.answered.IsZero() {
				least[id] = one.number
				break
			}
		}
	}
	return least, w.version
}

var mark = regexp.MustCompile(`"id":"(\d+)","title":"(?:[^"\\]|\\.)*","description":"Write (\d+)\."`)

// judge checks that an answer of a process shows at least the floor, and notes which writes
// it shows first.
func (w *written) judge(reader int, path string, a *reply, least floor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	source := "hit"
	if !a.hit() {
		source = "miss " + strings.TrimPrefix(a.cache, "Marquee; ")
	}
	w.count[source]++
	if a.status != http.StatusOK {
		w.wrong = append(w.wrong, fmt.Sprintf("%s: got %d %s", path, a.status, a.body))
		return
	}
	for _, found := range mark.FindAllSubmatch(a.body, -1) {
		f := w.films[string(found[1])]
		number, err := strconv.Atoi(string(found[2]))
		if err != nil || f == nil {
			w.wrong = append(w.wrong, fmt.Sprintf("%s: got %s", path, found[0]))
			continue
		}
		if number < least[f.id] {
			w.wrong = append(w.wrong, fmt.Sprintf("%s of process %d shows write %d of film %s, want at least %d; %s", path, reader, number, f.id, least[f.id], a.cache))
		}
		for _, one := range slices.Backward(f.writes) {
			if one.number > number {
				continue
			}
			if !one.shown[reader].IsZero() {
				break
			}
			one.shown[reader] = a.received
		}
	}
}

// write makes the next write of a process.
func (w *written) write(ctx context.Context, p *process, writer, n int, ids []string) error {
	f, one := w.next(writer, n, ids)
	a, err := p.editor.Send(ctx, http.MethodPut, "/2.0/movies/"+f.id, fmt.Sprintf(`{"movie":{"description":"Write %d."}}`, one.number))
	if err != nil || a.Status != http.StatusOK {
		return fmt.Errorf("write %d: got %+v, %w", one.number, a, err)
	}
	version, err := strconv.ParseInt(a.Header.Get("Catalogue-Version"), 10, 64)
	if err != nil {
		return err
	}
	w.answered(one, version)
	return nil
}

// next returns the next write of a process, with its film.
func (w *written) next(writer, n int, ids []string) (*writtenFilm, *write) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.films[ids[(n*processCount+writer)%len(ids)]]
	w.number++
	one := &write{number: w.number, sent: time.Now()}
	f.writes = append(f.writes, one)
	return f, one
}

// answered notes the answer to a write.
func (w *written) answered(one *write, version int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one.answered, w.version = time.Now(), max(w.version, version)
}

// BenchmarkWrites makes 20 writes a second to films on the first two pages of a collection,
// half of them through each process, while clients read its pages. Pages stay hits, and no
// answer is older than promised: a process shows what it has answered, and with Min-Version
// every answered write.
func BenchmarkWrites(b *testing.B) {
	processes := startProcesses(b)
	noir := processes[0].films(b, "/2.0/movies?genres=film-noir&sort=-year&limit=10&fields=id")
	pins := processes[0].films(b, "/2.0/movies?genres=western&sort=title&limit=10&fields=id")
	processes[0].collection(b, "written", pins, `{"from":"01-01T00-00","to":"12-31T23-59","every":"year"}`)
	var ids []string
	for i := range writtenFilms / 2 {
		ids = append(ids, pins[2*i], noir[2*i])
	}
	w := &written{films: map[string]*writtenFilm{}, count: map[string]int{}}
	for i, id := range ids {
		w.films[id] = &writtenFilm{id: id, writer: i % processCount}
	}
	paths := pages("written")
	for i := range processes {
		w.read(b, dial(b, processes[i].address), i, paths[0], false)
	}
	w.count = map[string]int{}
	reads := originReads(b, processes)
	ctx, cancel := context.WithTimeout(b.Context(), writeTime)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for i, p := range processes {
		group.Go(func() error {
			load.Every(ctx, writeEvery, func(n int) {
				if err := w.write(b.Context(), p, i, n, ids); err != nil {
					b.Error(err)
				}
			})
			return nil
		})
		for reader := range pageClients {
			c := dial(b, p.address)
			group.Go(func() error {
				for n := reader; ctx.Err() == nil; n++ {
					// Half of the reads are of the two pages that are written.
					path := paths[n%len(paths)]
					if reader == 0 {
						path = paths[n%2]
					}
					w.read(b, c, i, path, n%versionEvery == 0)
				}
				return nil
			})
		}
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	for i := range processes { // each has to show the last writes of both
		c := dial(b, processes[i].address)
		for _, path := range paths[:2] {
			w.read(b, c, i, path, true)
		}
	}
	w.report(b, originReads(b, processes)-reads)
}

// read reads a page of a process and judges the answer.
func (w *written) read(b *testing.B, c *client, reader int, path string, all bool) {
	b.Helper()
	least, version := w.floorOf(reader, all)
	var headers []string
	if all {
		headers = []string{fmt.Sprintf("Min-Version: %d\r\n", version)}
	}
	a, err := c.get(path, headers...)
	if err != nil {
		b.Error(err)
		return
	}
	w.judge(reader, path, a, least)
}

// report logs the figures.
func (w *written) report(b *testing.B, reads int) {
	b.Helper()
	requests, hits, collapsed := 0, w.count["hit"], 0
	for source, n := range w.count {
		requests += n
		if strings.Contains(source, "collapsed") {
			collapsed += n
		}
	}
	var sinceSent, sinceAnswer, writing []time.Duration
	for _, f := range w.films {
		for _, one := range f.writes {
			last := one.shown[0]
			for _, shown := range one.shown[1:] {
				if shown.After(last) {
					last = shown
				}
			}
			if one.shown[0].IsZero() || one.shown[1].IsZero() || one.answered.IsZero() {
				b.Errorf("film %s: write %d was never shown by all", f.id, one.number)
				continue
			}
			writing = append(writing, one.answered.Sub(one.sent))
			sinceSent, sinceAnswer = append(sinceSent, last.Sub(one.sent)), append(sinceAnswer, max(0, last.Sub(one.answered)))
		}
	}
	share := float64(hits) / float64(requests)
	b.Logf("%d writes and %d requests in %s: %.2f %% hits, %.2f %% waited for a read under way; reads at the origin: %d; wrong answers: %d; answers %v",
		len(writing), requests, writeTime, 100*share, 100*float64(collapsed)/float64(requests), reads, len(w.wrong), w.count)
	for _, row := range []struct {
		what string
		took []time.Duration
	}{
		{"a write's answer", writing}, {"from sending a write until every process showed it", sinceSent}, {"from its answer", sinceAnswer},
	} {
		b.Logf("%s: median %s, p99 %s, longest %s", row.what, quantile(row.took, 0.5), quantile(row.took, 0.99), quantile(row.took, 1))
	}
	for _, wrong := range w.wrong[:min(len(w.wrong), 10)] {
		b.Error(wrong)
	}
	b.ReportMetric(0, "ns/op") // meaningless here
	b.ReportMetric(share, "hit-share")
	b.ReportMetric(float64(quantile(sinceAnswer, 0.5).Microseconds()), "shown-median-µs")
	b.ReportMetric(float64(quantile(sinceAnswer, 1).Microseconds()), "shown-longest-µs")
}
