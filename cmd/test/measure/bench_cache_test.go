package measure_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/api"
	"marquee/cmd/program"
	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// hotList is a page of 10 films, like the first screen of an application.
const hotList = "/2.0/movies?genres=western&year=1950..1959"

// filmPaths returns the paths of n films from all parts of the catalogue.
func filmPaths(n int) []string {
	paths := make([]string, n)
	for i := range paths {
		paths[i] = fmt.Sprintf("/2.0/movies/%d", 1+i*36)
	}
	return paths
}

// BenchmarkHotHit measures hits in memory, through the whole program. The peer is
// net/http writing the same headers and body. Limit: 0.95. nginx with its own cache in
// front of Marquee is a second peer, without a limit.
func BenchmarkHotHit(b *testing.B) {
	url := filmsURL(b)
	for _, c := range []struct {
		name  string
		paths []string
	}{{"list", []string{hotList}}, {"ids", filmPaths(1000)}} {
		b.Run(c.name, func(b *testing.B) {
			client := newWrk(b, c.paths)
			ours := runAPI(b, url)
			answers := record(b, ours, c.paths, "Marquee; hit; ttl=")
			bare := serveBare(b, func(w http.ResponseWriter, r *http.Request) {
				answers[r.RequestURI].write(w)
			})
			peer := startNginx(b, ours)
			takeTurns(b, []*side{{name: "ours", address: ours}, {name: "bare", address: bare}, {name: "nginx", address: peer}},
				func(s *side, d time.Duration) (float64, time.Duration) { return client.measure(b, s, d) })
		})
	}
}

// BenchmarkSharedHit measures hits in Redis, with too little memory for them. The peer
// is net/http that reads as many bytes from the same Redis and writes the same headers
// and body. Limit: 0.8.
func BenchmarkSharedHit(b *testing.B) {
	paths, shared := filmPaths(1000), devstack.StartRedis(b).URL()
	client := newWrk(b, paths)
	ours := runAPI(b, filmsURL(b), "--redis-url", shared, "--cache-memory", "8")
	answers := record(b, ours, paths, "detail=SHARED")
	redisClient, keys := sharedKeys(b, shared, paths)
	bare := serveBare(b, func(w http.ResponseWriter, r *http.Request) {
		if err := redisClient.Get(r.Context(), keys[r.RequestURI]).Err(); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		answers[r.RequestURI].write(w)
	})
	takeTurns(b, []*side{{name: "ours", address: ours}, {name: "bare", address: bare}},
		func(s *side, d time.Duration) (float64, time.Duration) { return client.measure(b, s, d) })
	record(b, ours, paths, "detail=SHARED")
}

// sharedKeys returns the keys of the responses in Redis, one for each path. Any key
// will do, since all are read equally often.
func sharedKeys(b *testing.B, url string, paths []string) (*redis.Client, map[string]string) {
	b.Helper()
	client, keysOf := fixture.OpenRedis(b, url)
	found, err := keysOf()
	if err != nil || len(found) != len(paths) {
		b.Fatalf("got %d responses in Redis, %v; want %d", len(found), err, len(paths))
	}
	keys := make(map[string]string, len(paths))
	for i, p := range paths {
		keys[p] = found[i]
	}
	return client, keys
}

// runAPI runs an API process until the end of the benchmark, and returns its address.
func runAPI(b *testing.B, database string, flags ...string) string {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	p := program.New(io.Discard, io.Discard)
	p.Getenv = fixture.Env{"MARQUEE_DATABASE_URL": database}.Get
	address, ended := make(chan string, 1), make(chan error, 1)
	p.Listening = func(a string) { address <- a }
	go func() {
		ended <- p.Run(ctx, append([]string{"api", "--listen", "127.0.0.1:0", "--limit-address", "0"}, flags...))
	}()
	select {
	case a := <-address:
		b.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil {
				b.Error(err)
			}
		})
		return a
	case err := <-ended:
		cancel()
		b.Fatal(err)
		return ""
	}
}

// serveBare serves a handler with the server settings of the program, and returns the
// address.
func serveBare(b *testing.B, h http.HandlerFunc) string {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := api.NewServer(h, slog.New(slog.DiscardHandler))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // returns after Close
	}()
	b.Cleanup(func() { server.Close(); <-ended })
	return listener.Addr().String()
}

// recorded is a response that can be written again.
type recorded struct {
	names  []string
	values [][]string
	body   []byte
}

func (a *recorded) write(w http.ResponseWriter) {
	header := w.Header()
	for i, name := range a.names {
		header[name] = a.values[i]
	}
	_, _ = w.Write(a.body) // a client that has left needs no response
}

// record requests each path twice and returns the second responses. Their Cache-Status
// must contain status.
func record(b *testing.B, address string, paths []string, status string) map[string]*recorded {
	b.Helper()
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	answers := make(map[string]*recorded, len(paths))
	for _, p := range slices.Concat(paths, paths) {
		r, err := client.Get("http://" + address + p)
		if err != nil {
			b.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != http.StatusOK {
			b.Fatalf("%s: got %s %s, %v; want 200", p, r.Status, body, err)
		}
		if said := r.Header.Get("Cache-Status"); answers[p] != nil && !strings.Contains(said, status) {
			b.Fatalf("%s: got Cache-Status %q, want %q", p, said, status)
		}
		a := &recorded{body: body}
		for name, values := range r.Header {
			if name != "Date" { // net/http sends its own
				a.names, a.values = append(a.names, name), append(a.values, values)
			}
		}
		answers[p] = a
	}
	return answers
}
