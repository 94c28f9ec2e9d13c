package stream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
)

// The consumer of docs/following.md and the server are killed again and again while editors
// write. In the end its copy equals the catalogue.
func TestDocumentedConsumer(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	e := fixture.Catalogue(t)
	server := fixture.StartProcess(t, e, "api")
	server.Token = fixture.NewToken(t, e)
	server.Post(t, "/2.0/persons", `{"person":{"name":"Before the copy"}}`)
	copyFile := filepath.Join(t.TempDir(), "copy.db")
	start := func() (kill func()) {
		cmd := exec.CommandContext(t.Context(), python, filepath.Join(fixture.Root(t), "docs/following/mirror.py"), server.Base, copyFile)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return func() {
			_ = cmd.Process.Kill() // with SIGKILL
			_ = cmd.Wait()         // killed
		}
	}
	kill := start()
	defer func() { kill() }()

	site := server.WithToken(server.Token)
	writing, stop := context.WithCancel(t.Context())
	written := make(chan int)
	go func() { written <- write(writing, site) }()
	for range 3 {
		time.Sleep(300 * time.Millisecond) // the writes must meet each state
		kill()
		time.Sleep(100 * time.Millisecond)
		kill = start()
		time.Sleep(300 * time.Millisecond)
		server.Restart()
	}
	fixture.Run(t, e, "import", "ndjson", fixture.FilmFile(t, "Imported", "Imported as well"))
	stop()
	if n := <-written; n < 20 {
		t.Errorf("only %d writes succeeded", n)
	}
	server.Post(t, "/2.0/genres", `{"genre":{"name":"The last one"}}`)
	version := server.Version(t)
	want := catalogue(t, server.Site)
	await.Nil(t, func() error {
		position, got := mirrored(t, python, copyFile)
		if position < version {
			return fmt.Errorf("the copy is at version %d of %d", position, version)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the copy differs from the catalogue at version %d:\n%s", version, diff)
		}
		return nil
	})
}

// write writes until ctx ends, and returns how many writes succeeded. Each renaming is a
// version of many changes.
func write(ctx context.Context, s fixture.Site) (succeeded int) {
	person := "1"
	for i := 0; ctx.Err() == nil; i++ {
		method, path, body := http.MethodPost, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Film %d","starring":[%q]}}`, i, person)
		switch i % 5 {
		case 2:
			method, path, body = http.MethodPut, "/2.0/persons/"+person, fmt.Sprintf(`{"person":{"name":"Name %d"}}`, i)
		case 3:
			path, body = "/2.0/genres", fmt.Sprintf(`{"genre":{"name":"Genre %d"}}`, i)
		case 4:
			method, path, body = http.MethodDelete, fmt.Sprintf("/2.0/movies/%d", i/3), ""
		}
		a, err := s.Send(ctx, method, path, body)
		if err != nil { // the server is down
			time.Sleep(10 * time.Millisecond)
		} else if a.Status < http.StatusBadRequest {
			succeeded++
		}
	}
	return succeeded
}

// counters change without a version, so that no follower learns of them.
var counters = []string{"likes", "dislikes", "views"}

// catalogue reads all objects, by noun and id.
func catalogue(t *testing.T, s fixture.Site) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for _, plural := range []string{"movies", "genres", "persons", "series", "seasons", "episodes"} {
		for offset := 0; ; offset += 100 {
			var page map[string]json.RawMessage
			if err := json.Unmarshal(s.Get(t, fmt.Sprintf("/2.0/%s?limit=100&offset=%d", plural, offset)).Body, &page); err != nil {
				t.Fatal(err)
			}
			var objects []map[string]any
			if err := json.Unmarshal(page[plural], &objects); err != nil {
				t.Fatal(err)
			}
			for _, o := range objects {
				all[strings.TrimSuffix(plural, "s")+" "+o["id"].(string)] = withoutCounters(o)
			}
			if len(objects) < 100 {
				break
			}
		}
	}
	return all
}

func withoutCounters(o map[string]any) map[string]any {
	for _, name := range counters {
		delete(o, name)
	}
	return o
}

// mirrored reads the copy and its version.
func mirrored(t *testing.T, python, file string) (version int64, objects map[string]map[string]any) {
	t.Helper()
	const dump = `import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(json.dumps({"version": (db.execute("SELECT version FROM position").fetchone() or [-1])[0],
	"objects": {n + " " + i: json.loads(o) for n, i, o in db.execute("SELECT * FROM objects")}}))`
	out, err := exec.CommandContext(t.Context(), python, "-c", dump, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Version int64
		Objects map[string]map[string]any
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	for _, o := range read.Objects {
		withoutCounters(o)
	}
	return read.Version, read.Objects
}
