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
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"marquee/deploy/devstack"
)

// build builds the program.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "marquee")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "marquee/cmd/marquee").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// cluster is a catalogue with two processes that answer for it.
type cluster struct {
	program     string
	environment []string
	token       string
	processes   []*process
}

// process is a marquee api.
type process struct {
	cmd     *exec.Cmd
	address string
}

// startCluster starts two processes over one PostgreSQL and one Redis.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{program: build(t), environment: []string{
		"MARQUEE_DATABASE_URL=" + devstack.Postgres(t), "MARQUEE_REDIS_URL=" + devstack.Redis(t),
		"MARQUEE_DATA_DIR=" + t.TempDir(), "MARQUEE_LISTEN=127.0.0.1:0", "MARQUEE_ADMIN_LISTEN=127.0.0.1:0",
		"MARQUEE_TRUSTED_PROXIES=127.0.0.1", "MARQUEE_LIMIT_ADDRESS=1000000", "MARQUEE_LIMIT_USER=1000000",
	}}
	c.run(t, "migrate")
	var made struct{ Token string }
	if err := json.Unmarshal(c.run(t, "token", "create", "--user", "ed"), &made); err != nil || made.Token == "" {
		t.Fatalf("no token: %v", err)
	}
	c.token = made.Token
	for range 2 {
		c.processes = append(c.processes, c.start(t))
	}
	return c
}

// run runs a command of the program and returns what it printed.
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
	var logged bytes.Buffer // read when the process has ended
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

// kill is kill -9, and returns when the process is gone.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	_ = p.cmd.Wait() // by the signal
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

// Two real processes behind the gateway: what is public comes from it, what is not
// never does; and nobody notices when a process dies.
func TestBeforeTheProgram(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	g := Start(t, Config{Programs: []string{c.processes[0].address, c.processes[1].address}})
	client := g.Client(t, nil)
	film := g.URL + c.add(t, client, g, "Playtime")
	t.Run("public answers", func(t *testing.T) { keepsPublicAnswers(t, client, film) })
	t.Run("encodings", func(t *testing.T) { servesEncodings(t, client, film) })
	t.Run("a writer", func(t *testing.T) { showsWritersTheirWrites(t, c, client, film) })
	t.Run("the API's own refusals", func(t *testing.T) { passesRefusals(t, client, g) })
	t.Run("processes die", func(t *testing.T) { outlivesProcesses(t, c, client, g) })
}

func keepsPublicAnswers(t *testing.T, client *http.Client, film string) {
	first, second := get(t, client, film), get(t, client, film)
	if first.own() != "fwd=uri-miss" || second.own() != "hit" || first.body != second.body {
		t.Errorf("%s %s, then %s %s", first.own(), first.body, second.own(), second.body)
	}
	tag := second.Header.Get("ETag")
	if r := get(t, client, film, "If-None-Match", tag); r.StatusCode != http.StatusNotModified || r.own() != "hit" {
		t.Errorf("with the ETag %s: %d %s", tag, r.StatusCode, r.own())
	}
	if r := get(t, client, film+"9"); r.StatusCode != http.StatusNotFound || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("a film that is not there: %d %s", r.StatusCode, r.body)
	}
}

// decoders read the codings that the API has.
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
				t.Fatalf("%s: got %q", coding, r.Header.Get("Content-Encoding"))
			}
			reader, err := decode(strings.NewReader(r.body))
			if err != nil {
				t.Fatalf("%s: %v", coding, err)
			}
			if text, err := io.ReadAll(reader); err != nil || string(text) != plain {
				t.Errorf("%s: %v: %s", coding, err, text)
			}
			tags[r.Header.Get("ETag")] = true
		}
	}
	if len(tags) != len(decoders) {
		t.Errorf("ETags %v", tags)
	}
}

func showsWritersTheirWrites(t *testing.T, c *cluster, client *http.Client, film string) {
	bearer := []string{"Authorization", "Bearer " + c.token}
	old := get(t, client, film) // the gateway has it
	written := send(t, client, http.MethodPut, film, `{"movie":{"title":"Hulot"}}`, append(bearer, "Content-Type", "application/json")...)
	if written.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", written.StatusCode, written.body)
	}
	version := written.Header.Get("Catalogue-Version")
	for range 10 { // on either process
		own := get(t, client, film, append(bearer, "Min-Version", version)...)
		if !strings.Contains(own.body, "Hulot") || own.own() != "fwd=bypass" || !strings.Contains(own.Header.Get("Cache-Control"), "private") {
			t.Errorf("the writer reads %v %s", own.Header, own.body)
		}
		if r := get(t, client, film, "Min-Version", version); !strings.Contains(r.body, "Hulot") {
			t.Errorf("with Min-Version: %s", r.body)
		}
	}
	if r := get(t, client, film, "If-None-Match", old.Header.Get("ETag"), "Authorization", "Bearer "+c.token); r.StatusCode != http.StatusOK {
		t.Errorf("the old ETag, with credentials: %d", r.StatusCode)
	}
	if r := get(t, client, film, "If-None-Match", written.Header.Get("ETag"), "Authorization", "Bearer "+c.token); r.StatusCode != http.StatusNotModified {
		t.Errorf("the new ETag, with credentials: %d", r.StatusCode)
	}
	eventually(t, "the public sees the write", func() bool { return strings.Contains(get(t, client, film).body, "Hulot") })
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
			t.Errorf("%s %s: %d %.200s", c.method, c.path, r.StatusCode, r.body)
		}
	}
}

// outlivesProcesses reads at a steady pace, what is kept and what is not, while one
// process is killed, and then the other.
func outlivesProcesses(t *testing.T, c *cluster, client *http.Client, g *Gateway) {
	films := []string{g.URL + c.add(t, client, g, "Mon oncle"), g.URL + c.add(t, client, g, "Parade")}
	for _, film := range films {
		get(t, client, film)
	}
	killed, enough := make(chan struct{}), make(chan struct{})
	var readers sync.WaitGroup
	for reader := range 4 {
		own := g.Client(t, from(fmt.Sprintf("127.0.0.%d", 10+reader))) // or they are throttled
		readers.Go(func() {
			pace := time.NewTicker(20 * time.Millisecond) // half of what an address may ask
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
					fields = []string{"Min-Version", "1"} // past the gateway's cache
				}
				if r := get(t, own, films[(i+reader)%len(films)], fields...); r.StatusCode != http.StatusOK {
					t.Errorf("read %d: %d %s", i, r.StatusCode, r.body)
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
		eventually(t, "the last good answer", func() bool {
			r := get(t, client, film)
			if r.StatusCode != http.StatusOK {
				t.Fatalf("without any process: %d %s", r.StatusCode, r.body)
			}
			return r.own() == "hit; detail=STALE"
		})
	}
	if r := get(t, client, g.URL+"/2.0/persons"); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("what was never read: %d", r.StatusCode)
	}
}
