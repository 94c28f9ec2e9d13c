package stream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/storage/postgres/storetest"
)

// A stream has the changes of the JSON form, from where the reader says, and each write at
// once.
func TestStream(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	token := fixture.NewToken(t, e)
	s := fixture.Serve(t, e, "--otlp-endpoint", "http://127.0.0.1:9", "--trace-sample", "1").WithToken(token)
	s.Post(t, "/2.0/genres", `{"genre":{"name":"Drama"}}`)
	person := s.Post(t, "/2.0/persons", `{"person":{"name":"Al Pacino"}}`).At(t, "person.id")
	for _, title := range []string{"Heat", "Serpico", "Scarface"} {
		s.Post(t, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":%q,"description":%q,"starring":[%q]}}`, title, strings.Repeat("long ", 1200), person))
	}
	now, public := open(t, s.Public(), ""), open(t, s.Public(), "?since=0&noun=movies,genres")
	all := open(t, s, "?since=2", "Last-Event-ID", "0")
	if text := now.block(); text != ":\nid: 5\n" {
		t.Errorf("a reader from now on got %q", text)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Vary": "Accept, Accept-Encoding", "Content-Encoding": "", "Content-Length": "", "Etag": ""} {
		if got := all.response.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	all.want(1, "genre", true)
	all.want(2, "person", true)
	for v := range int64(3) {
		all.want(3+v, "movie", true)
	}
	public.want(1, "genre", true)
	for v := range int64(3) {
		public.want(3+v, "movie", true)
	}

	// A version of four changes: the person, and the films that show the name.
	s.Do(t, http.MethodPut, "/2.0/persons/"+person, `{"person":{"name":"Alfredo Pacino"}}`, http.StatusOK)
	var streamed []string
	for i, noun := range []string{"person", "movie", "movie", "movie"} {
		streamed = append(streamed, all.want(6, noun, i == 3).data)
		now.want(6, noun, i == 3)
		if i > 0 {
			public.want(6, "movie", i == 3)
		}
	}
	a := s.Get(t, "/2.0/changes?since=5")
	if a.Header.Get("Vary") != "Accept, Accept-Encoding" {
		t.Errorf("the JSON has Vary %q", a.Header.Get("Vary"))
	}
	var page struct{ Changes []json.RawMessage }
	if err := json.Unmarshal(a.Body, &page); err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, c := range page.Changes {
		listed = append(listed, string(c))
	}
	if !slices.Equal(listed, streamed) {
		t.Errorf("the stream has\n%s\nthe list\n%s", strings.Join(streamed, "\n"), strings.Join(listed, "\n"))
	}

	again := open(t, s, "?noun=movies", "Last-Event-ID", public.id)
	s.Do(t, http.MethodDelete, "/2.0/movies/1", "", http.StatusNoContent)
	if m := again.want(7, "movie", true); m.change.Object != nil || m.change.IDs[0] != "1" {
		t.Errorf("got %s", m.data)
	}
}

// What the public does not see of collections, it does not see in a stream.
func TestPublicStream(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	s := fixture.Serve(t, e).WithToken(fixture.NewToken(t, e))
	s.Post(t, "/2.0/collections", `{"collection":{"name":"Secret","periods":[{"from":"9000-01-01T00-00","to":"9000-01-02T00-00"}]}}`)
	if m := open(t, s, "?since=0").want(1, "collection", true); m.change.Object["name"] != "Secret" {
		t.Errorf("an editor got %s", m.data)
	}
	if m := open(t, s.Public(), "?since=0").want(1, "collection", true); m.change.Object != nil || len(m.change.IDs) != 0 || strings.Contains(strings.ToLower(m.data), "secret") {
		t.Errorf("the public got %s", m.data)
	}
}

// Requests that no stream answers.
func TestRefusedStream(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	token := fixture.NewToken(t, e)
	s := fixture.Serve(t, e, "--max-streams", "2", "--limit-address", "60000")
	s.WithToken(token).Post(t, "/2.0/genres", `{"genre":{"name":"Drama"}}`)
	s.Get(t, "/2.0/changes?since=0") // the plan of the target is in memory
	expect := func(method, query string, status int, part string, headers ...string) *fixture.Answer {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), fixture.Patience)
		defer cancel()
		a, err := s.Send(ctx, method, "/2.0/changes"+query, "", append([]string{"Accept", "text/event-stream"}, headers...)...)
		if err != nil || a.Status != status || !strings.Contains(string(a.Body), part) {
			t.Errorf("%s %s %v: got %v, %v, want %d with %s", method, query, headers, a, err, status, part)
		}
		return a
	}
	for _, id := range []string{"", "-1", "01", "x", "1,1", "1e3", " 1x", "99999999999999999999", "2"} {
		expect("GET", "", 400, `"Last-Event-ID"`, "Last-Event-ID", id)
	}
	expect("GET", "?since=2", 400, `"since"`)
	expect("GET", "?since=x&noun=moveis", 400, `"movies"`, "Last-Event-ID", "0")
	expect("GET", "?limit=5", 400, `no pages`)
	expect("GET", "?noun=genre", 400, `"corrected":"/2.0/changes?noun=genres"`)
	expect("GET", "", 401, "", "Authorization", "Bearer unknown")
	expect("GET", "?since=0", 200, `"changes":[`, "Accept", "text/event-stream, application/json")
	expect("POST", "", 405, "")
	head := expect("HEAD", "?since=0", 200, "")
	if head.Header.Get("Content-Type") != "text/event-stream" || head.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("HEAD: %v", head.Header)
	}
	first, second := open(t, s.Site, ""), open(t, s.Site, "?since=0")
	if a := expect("GET", "", 503, "as many streams"); a.Header.Get("Retry-After") == "" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v", a.Header)
	}
	first.close()
	second.want(1, "genre", true)
	await.Nil(t, func() error {
		a, err := s.Send(t.Context(), http.MethodHead, "/2.0/changes", "", "Accept", "text/event-stream")
		if err != nil || a.Status != http.StatusOK {
			return fmt.Errorf("%v, %w", a, err)
		}
		q, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Base+"/2.0/changes", http.NoBody)
		q.Header.Set("Accept", "text/event-stream")
		response, err := http.DefaultTransport.RoundTrip(q)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("the place is not free: %d", response.StatusCode)
		}
		return nil
	})
}

// A reader that lags more than the log is kept reads the catalogue again.
func TestResync(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	s := fixture.Serve(t, e).WithToken(fixture.NewToken(t, e))
	for i := range 5 {
		s.Post(t, "/2.0/genres", fmt.Sprintf(`{"genre":{"name":"Genre %d"}}`, i))
	}
	storetest.Exec(t, e["MARQUEE_DATABASE_URL"], `UPDATE catalogue SET pruned = 2`)
	storetest.Exec(t, e["MARQUEE_DATABASE_URL"], `DELETE FROM changes WHERE version <= 2`)
	restarted := fixture.Serve(t, e)
	r := open(t, restarted.Site, "", "Last-Event-ID", "1")
	if m := r.next(); m == nil || m.event != "resync" || m.data != `{"since":2,"version":5}` || m.id != "" {
		t.Errorf("got %+v", m)
	}
	r.wantEnd()
	kept := open(t, restarted.Site, "?since=2")
	for v := int64(3); v <= 5; v++ {
		kept.want(v, "genre", true)
	}
}

// More streams than slots at the origin do not hinder other requests, and cost no read of
// the log each.
func TestStreamsHoldNoSlot(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	s := fixture.Serve(t, e).WithToken(fixture.NewToken(t, e))
	var readers []*reader
	for range 100 { // 64 slots
		readers = append(readers, open(t, s.Public(), ""))
	}
	s.Post(t, "/2.0/genres", `{"genre":{"name":"Drama"}}`)
	for _, r := range readers {
		r.want(1, "genre", true)
	}
	s.Get(t, "/2.0/changes?since=0")
	for i := range 10 {
		s.Get(t, "/2.0/movies?offset="+strconv.Itoa(i))
	}
}
