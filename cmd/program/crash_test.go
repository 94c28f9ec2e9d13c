package program

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// A killed server has kept whatever it acknowledged, and takes its PostgreSQL
// with it. The next may come at once.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	dir := private(t)
	e := environment{"MARQUEE_DATA_DIR": dir, "MARQUEE_SAMPLE": "false"}
	var token string
	var all []*writers
	for round := range 2 {
		server, s := startServer(t, e)
		if round == 0 {
			token = s.token
		}
		s.token = token
		w := startWriters(t, s, round)
		w.await(t, http.StatusCreated, 100)
		server.kill(t)
		w.group.Wait()
		if all = append(all, w); w.broken != writerCount {
			t.Errorf("%d writers lost their connection, want all %d", w.broken, writerCount)
		}
		if round == 0 {
			noProcesses(t, dir)
		}
	}
	s := startServing(t, e)
	if s.token != "" {
		t.Error("a token is printed again")
	}
	checkKept(t, s.site, all...)
	site{s.base, token}.post(t, "/2.0/movies", `{"movie":{"title":"Afterwards"}}`)
}

// While a killed PostgreSQL comes back, requests get 503 and no other error.
// Nothing has to be restarted, and nothing acknowledged is lost.
func TestKilledPostgres(t *testing.T) {
	t.Parallel()
	dir := private(t)
	s := startServing(t, environment{"MARQUEE_DATA_DIR": dir, "MARQUEE_SAMPLE": "false"})
	w := startWriters(t, s.site, 0)
	r := startReader(t, s.public())
	for range 2 {
		w.await(t, http.StatusCreated, 50)
		killPostgres(t, dir)
		w.await(t, http.StatusServiceUnavailable, 1)
	}
	w.await(t, http.StatusCreated, 50)
	w.stop()
	if w.broken != 0 {
		t.Errorf("%d requests had no answer", w.broken)
	}
	checkKept(t, s.site, w)
	if got := r.stop(); got[http.StatusOK] == 0 || len(got) > 2 || len(got) == 2 && got[http.StatusServiceUnavailable] == 0 {
		t.Errorf("reads were answered %v, want 200 and 503 only", got)
	}
	s.get(t, "/readyz")
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// reader reads a list again and again.
type reader struct {
	cancel   context.CancelFunc
	ended    chan struct{}
	statuses map[int]int // 0: no answer
}

func startReader(t *testing.T, s site) *reader {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &reader{cancel: cancel, ended: make(chan struct{}), statuses: map[int]int{}}
	go func() {
		defer close(r.ended)
		pause := time.NewTicker(writeEvery)
		defer pause.Stop()
		for ; ctx.Err() == nil; <-pause.C {
			a, err := s.send(context.WithoutCancel(ctx), http.MethodGet, "/2.0/movies?limit=1", "")
			if err != nil {
				r.statuses[0]++
				continue
			}
			r.statuses[a.status]++
		}
	}()
	t.Cleanup(func() { r.stop() })
	return r
}

// stop returns how many answers had which status.
func (r *reader) stop() map[int]int {
	r.cancel()
	<-r.ended
	return r.statuses
}
