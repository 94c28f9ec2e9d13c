package fault_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
)

// A killed server loses no acknowledged write, and its PostgreSQL ends with it. The
// next server may start at once.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	dir := fixture.PrivateDir(t)
	e := fixture.Env{"MARQUEE_DATA_DIR": dir, "MARQUEE_SAMPLE": "false"}
	var token string
	var all []*load.Writers
	for round := range 2 {
		server, s := fixture.ServeChild(t, e)
		if round == 0 {
			token = s.Token
		}
		s.Token = token
		w := load.StartWriters(t, s, round)
		w.Await(t, http.StatusCreated, 100)
		server.Kill(t)
		w.Group.Wait()
		if all = append(all, w); w.Broken != load.WriterCount {
			t.Errorf("got %d writers without a connection, want all %d", w.Broken, load.WriterCount)
		}
		if round == 0 {
			fixture.NoProcesses(t, dir)
		}
	}
	s := fixture.Serve(t, e)
	if s.Token != "" {
		t.Error("the second start prints a token, want only the first one")
	}
	load.CheckNoLoss(t, s.Site, all...)
	fixture.Site{Base: s.Base, Token: token}.Post(t, "/2.0/movies", `{"movie":{"title":"Afterwards"}}`)
}

// While a killed PostgreSQL restarts, requests get 503 and no other error. No process
// needs a restart, and no acknowledged write is lost.
func TestKilledPostgres(t *testing.T) {
	t.Parallel()
	dir := fixture.PrivateDir(t)
	s := fixture.Serve(t, fixture.Env{"MARQUEE_DATA_DIR": dir, "MARQUEE_SAMPLE": "false"})
	w := load.StartWriters(t, s.Site, 0)
	r := startReader(t, s.Public())
	for range 2 {
		w.Await(t, http.StatusCreated, 50)
		fixture.KillPostgres(t, dir)
		w.Await(t, http.StatusServiceUnavailable, 1)
	}
	w.Await(t, http.StatusCreated, 50)
	w.Stop()
	if w.Broken != 0 {
		t.Errorf("got %d writes without a reply, want 0", w.Broken)
	}
	load.CheckNoLoss(t, s.Site, w)
	if got := r.stop(); got[http.StatusOK] == 0 || len(got) > 2 || len(got) == 2 && got[http.StatusServiceUnavailable] == 0 {
		t.Errorf("reads: got %v, want only 200 and 503", got)
	}
	s.Get(t, "/readyz")
	if err := s.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// reader reads a list repeatedly.
type reader struct {
	cancel   context.CancelFunc
	ended    chan struct{}
	statuses map[int]int // numbers by status; 0 for no reply
}

func startReader(t *testing.T, s fixture.Site) *reader {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &reader{cancel: cancel, ended: make(chan struct{}), statuses: map[int]int{}}
	go func() {
		defer close(r.ended)
		pause := time.NewTicker(load.WriteEvery)
		defer pause.Stop()
		for ; ctx.Err() == nil; <-pause.C {
			a, err := s.Send(context.WithoutCancel(ctx), http.MethodGet, "/2.0/movies?limit=1", "")
			if err != nil {
				r.statuses[0]++
				continue
			}
			r.statuses[a.Status]++
		}
	}()
	t.Cleanup(func() { r.stop() })
	return r
}

// stop returns the number of replies by status.
func (r *reader) stop() map[int]int {
	r.cancel()
	<-r.ended
	return r.statuses
}
