package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/deploy/await"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"marquee/deploy/devstack"
)

// cluster is a catalogue with two API processes.
type cluster struct {
	program     string
	environment []string
	token       string
	processes   []*process
}

// process is a running marquee api.
type process struct {
	cmd     *exec.Cmd
	address string
}

// startCluster starts two processes over one PostgreSQL and one Redis.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{program: devstack.Program(t), environment: []string{
		"MARQUEE_DATABASE_URL=" + devstack.Postgres(t), "MARQUEE_REDIS_URL=" + devstack.Redis(t),
		"MARQUEE_DATA_DIR=" + t.TempDir(), "MARQUEE_LISTEN=127.0.0.1:0", "MARQUEE_ADMIN_LISTEN=127.0.0.1:0",
		"MARQUEE_TRUSTED_PROXIES=127.0.0.1", "MARQUEE_LIMIT_ADDRESS=1000000", "MARQUEE_LIMIT_USER=1000000",
	}}
	c.run(t, "migrate")
	var made struct{ Token string }
	if err := json.Unmarshal(c.run(t, "token", "create", "--user", "ed"), &made); err != nil || made.Token == "" {
		t.Fatalf("token create printed no token: %v", err)
	}
	c.token = made.Token
	for range 2 {
		c.processes = append(c.processes, c.start(t))
	}
	return c
}

// run runs a command of the program and returns its output.
func (c *cluster) run(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.program, args...)
	cmd.Env = append(os.Environ(), c.environment...)
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Fatalf("marquee %s: %v\n%s", strings.Join(args, " "), err, failed.Stderr)
		}
		t.Fatal(err)
	}
	return out
}

var answersAt = regexp.MustCompile(`answers at http://([^/\s]+)/`)

// start starts a process and returns when it listens.
func (c *cluster) start(t *testing.T) *process {
	t.Helper()
	p := &process{cmd: exec.Command(c.program, "api")}
	p.cmd.Env = append(os.Environ(), c.environment...)
	printed, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer // read after the process has ended
	p.cmd.Stderr = &logged
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill(t) })
	var said []byte
	for part := make([]byte, 1024); p.address == ""; {
		n, err := printed.Read(part)
		said = append(said, part[:n]...)
		if found := answersAt.FindSubmatch(said); found != nil {
			p.address = string(found[1])
		} else if err != nil {
			p.kill(t)
			t.Fatalf("marquee api: %v\n%s%s", err, said, logged.String())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, printed) }() // ends with the process
	return p
}

// kill kills the process with SIGKILL, and returns when it has ended.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	_ = p.cmd.Wait() // ended by the signal
}

// add creates a film through the gateway and returns its path.
func (c *cluster) add(t *testing.T, client *http.Client, g *Gateway, title string) string {
	t.Helper()
	r := send(t, client, http.MethodPost, g.URL+"/2.0/movies", fmt.Sprintf(`{"movie":{"title":%q,"description":%q}}`, title, strings.Repeat("film ", 300)),
		"Authorization", "Bearer "+c.token, "Content-Type", "application/json")
	if r.StatusCode != http.StatusCreated {
		t.Fatalf("create a film: %d %s", r.StatusCode, r.body)
	}
	return r.Header.Get("Location")
}

// A gateway in front of two real processes answers public requests from its cache and
// passes all others on. Clients do not notice a killed process.
func TestBeforeTheProgram(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	g := Start(t, Config{Programs: []string{c.processes[0].address, c.processes[1].address}})
	client := g.Client(t, nil)
	film := g.URL + c.add(t, client, g, "Playtime")
	t.Run("public answers", func(t *testing.T) { cachesPublicAnswers(t, client, film) })
	t.Run("encodings", func(t *testing.T) { servesEncodings(t, client, film) })
	t.Run("a writer", func(t *testing.T) { showsWritersTheirWrites(t, c, client, film) })
	t.Run("the API's own refusals", func(t *testing.T) { passesRefusals(t, client, g) })
	t.Run("processes die", func(t *testing.T) { outlivesProcesses(t, c, client, g) })
}

func cachesPublicAnswers(t *testing.T, client *http.Client, film string) {
	first, second := get(t, client, film), get(t, client, film)
	if first.own() != "fwd=uri-miss" || second.own() != "hit" || first.body != second.body {
		t.Errorf("got %s %s, then %s %s, want a miss and an equal hit", first.own(), first.body, second.own(), second.body)
	}
	tag := second.Header.Get("ETag")
	if r := get(t, client, film, "If-None-Match", tag); r.StatusCode != http.StatusNotModified || r.own() != "hit" {
		t.Errorf("GET with the ETag %s got %d %s, want 304 and a hit", tag, r.StatusCode, r.own())
	}
	if r := get(t, client, film+"9"); r.StatusCode != http.StatusNotFound || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("an unknown film got %d %s, want a 404 problem", r.StatusCode, r.body)
	}
}

// decoders decode the codings of the API.
var decoders = map[string]func(io.Reader) (io.Reader, error){
	"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
}

func servesEncodings(t *testing.T, client *http.Client, film string) {
	plain := get(t, client, film).body
	tags := map[string]bool{}
	for coding, decode := range decoders {
		for range 2 {
			r := get(t, client, film, "Accept-Encoding", coding)
			if r.Header.Get("Content-Encoding") != coding {
				t.Fatalf("Accept-Encoding %s: got Content-Encoding %q", coding, r.Header.Get("Content-Encoding"))
			}
			reader, err := decode(strings.NewReader(r.body))
			if err != nil {
				t.Fatalf("%s: %v", coding, err)
			}
			if text, err := io.ReadAll(reader); err != nil || string(text) != plain {
				t.Errorf("Accept-Encoding %s: got %s, error %v, want the plain body", coding, text, err)
			}
			tags[r.Header.Get("ETag")] = true
		}
	}
	if len(tags) != len(decoders) {
		t.Errorf("got ETags %v, want one for each of %d codings", tags, len(decoders))
	}
}

func showsWritersTheirWrites(t *testing.T, c *cluster, client *http.Client, film string) {
	bearer := []string{"Authorization", "Bearer " + c.token}
	old := get(t, client, film) // the gateway caches it
	written := send(t, client, http.MethodPut, film, `{"movie":{"title":"Hulot"}}`, append(bearer, "Content-Type", "application/json")...)
	if written.StatusCode != http.StatusOK {
		t.Fatalf("PUT got %d %s, want 200", written.StatusCode, written.body)
	}
	version := written.Header.Get("Catalogue-Version")
	for range 10 { // from both processes
		own := get(t, client, film, append(bearer, "Min-Version", version)...)
		if !strings.Contains(own.body, "Hulot") || own.own() != "fwd=bypass" || !strings.Contains(own.Header.Get("Cache-Control"), "private") {
			t.Errorf("the writer got %v %s, want the new title, private, past the cache", own.Header, own.body)
		}
		if r := get(t, client, film, "Min-Version", version); !strings.Contains(r.body, "Hulot") {
			t.Errorf("GET with Min-Version got %s, want the new title", r.body)
		}
	}
	if r := get(t, client, film, "If-None-Match", old.Header.Get("ETag"), "Authorization", "Bearer "+c.token); r.StatusCode != http.StatusOK {
		t.Errorf("the old ETag with credentials got %d, want 200", r.StatusCode)
	}
	if r := get(t, client, film, "If-None-Match", written.Header.Get("ETag"), "Authorization", "Bearer "+c.token); r.StatusCode != http.StatusNotModified {
		t.Errorf("the new ETag with credentials got %d, want 304", r.StatusCode)
	}
	await.True(t, "the write in public answers", func() bool { return strings.Contains(get(t, client, film).body, "Hulot") })
}

func passesRefusals(t *testing.T, client *http.Client, g *Gateway) {
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/2.0/movies?limit=0", 400},
		{http.MethodGet, "/2.0/nothing", 404},
		{http.MethodPut, "/2.0/movies", 405},
		{http.MethodPost, "/2.0/movies", 401},
		{http.MethodGet, "/docs", 200},
		{http.MethodGet, "/openapi.json", 200},
	} {
		r := send(t, client, c.method, g.URL+c.path, "{}", "Content-Type", "application/json")
		if r.StatusCode != c.status || c.status >= 400 && !strings.Contains(r.body, `"type":"/problems/`) {
			t.Errorf("%s %s got %d %.200s, want %d", c.method, c.path, r.StatusCode, r.body, c.status)
		}
	}
}

// outlivesProcesses reads at a steady pace, from the cache and past it, while one process
// is killed, and then the other.
func outlivesProcesses(t *testing.T, c *cluster, client *http.Client, g *Gateway) {
	films := []string{g.URL + c.add(t, client, g, "Mon oncle"), g.URL + c.add(t, client, g, "Parade")}
	for _, film := range films {
		get(t, client, film)
	}
	killed, enough := make(chan struct{}), make(chan struct{})
	var readers sync.WaitGroup
	for reader := range 4 {
		own := g.Client(t, from(fmt.Sprintf("127.0.0.%d", 10+reader))) // one address would be throttled
		readers.Go(func() {
			pace := time.NewTicker(20 * time.Millisecond) // half of the limit of an address
			defer pace.Stop()
			for i, after := 0, 0; after < 50; i++ {
				<-pace.C
				select {
				case <-killed:
					after++
				default:
				}
				fields := []string{"Accept", "*/*"}
				if i%2 == 1 {
					fields = []string{"Min-Version", "1"} // bypasses the gateway's cache
				}
				if r := get(t, own, films[(i+reader)%len(films)], fields...); r.StatusCode != http.StatusOK {
					t.Errorf("read %d got %d %s, want 200", i, r.StatusCode, r.body)
				}
				if i == 20 && reader == 0 {
					close(enough)
				}
			}
		})
	}
	<-enough
	c.processes[0].kill(t)
	close(killed)
	readers.Wait()
	c.processes[1].kill(t)
	for _, film := range films {
		await.True(t, "the last good answer", func() bool {
			r := get(t, client, film)
			if r.StatusCode != http.StatusOK {
				t.Fatalf("without a process: got %d %s, want 200", r.StatusCode, r.body)
			}
			return r.own() == "hit; detail=STALE"
		})
	}
	if r := get(t, client, g.URL+"/2.0/persons"); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a target without a cached answer got %d, want 503", r.StatusCode)
	}
}
