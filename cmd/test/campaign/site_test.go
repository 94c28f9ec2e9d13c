package campaign_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"marquee/cmd/program"
	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

const (
	// pageSize and warmPages are the pages of a collection that are ready when it starts.
	pageSize, warmPages = 10, 10
	// processCount is the number of API processes.
	processCount = 2
)

// process is an API process in a process of its own.
type process struct {
	address   string
	editor    fixture.Site
	operators fixture.Site
}

// startProcesses starts two API processes and an indexer over all films, with Redis and
// Elasticsearch, and waits until the index has the films.
func startProcesses(b *testing.B) []*process {
	b.Helper()
	e := fixture.Env{
		"MARQUEE_DATABASE_URL": devstack.FilmsCopy(b), "MARQUEE_REDIS_URL": devstack.StartRedis(b).URL(),
		"MARQUEE_ELASTICSEARCH_URL": devstack.Elasticsearch(b), "MARQUEE_ELASTICSEARCH_INDEX": devstack.IndexPrefix(b) + "catalogue",
	}
	e.WithoutLimits()
	token := fixture.NewToken(b, e)
	index(b, e)
	fixture.StartChild(b, e, "indexer", "--log-level", "error")
	var processes []*process
	for range processCount {
		c := fixture.StartChild(b, e, "api", "--listen", "127.0.0.1:0")
		base := c.Answers(b).Base
		processes = append(processes, &process{
			address: strings.TrimPrefix(base, "http://"), editor: fixture.Site{Base: base, Token: token},
			operators: fixture.AdminSite(b, c.Stderr.String),
		})
	}
	version := fixture.VersionOf(b, e)
	for _, p := range processes {
		p.editor.AwaitIndexAt(b, version)
	}
	return processes
}

// index builds the index of all films.
func index(b *testing.B, e fixture.Env) {
	b.Helper()
	p := program.New(io.Discard, io.Discard)
	p.Getenv = e.Get
	if err := p.Run(await.Context(b), []string{"reindex"}); err != nil {
		b.Fatal(err)
	}
}

// collection makes a collection of the films noir, with pins and a period.
func (p *process) collection(b *testing.B, id string, pins []string, period string) {
	b.Helper()
	listed, err := json.Marshal(pins)
	if err != nil {
		b.Fatal(err)
	}
	p.editor.Post(b, "/2.0/collections", fmt.Sprintf(
		`{"collection":{"id":%q,"name":%q,"query":"genres=film-noir&sort=-year","pins":%s,"periods":[%s]}}`, id, id, listed, period))
}

// films returns the ids of the first films of a list.
func (p *process) films(b *testing.B, path string) []string {
	b.Helper()
	var films fixture.Films
	if err := json.Unmarshal(p.editor.Get(b, path).Body, &films); err != nil {
		b.Fatal(err)
	}
	return films.IDs()
}

// pages returns the paths of the first pages of a collection.
func pages(id string) []string {
	paths := []string{"/2.0/collections/" + id + "/movies"}
	for page := 1; page < warmPages; page++ {
		paths = append(paths, fmt.Sprintf("%s?offset=%d", paths[0], page*pageSize))
	}
	return paths
}

var originRead = regexp.MustCompile(`(?m)^marquee_cache_requests_total\{[^}]*level="origin"[^}]*\} (\d+)`)

// originReads returns how many requests the processes have read at the origin so far.
func originReads(b *testing.B, processes []*process) (sum int) {
	b.Helper()
	for _, p := range processes {
		for _, sample := range originRead.FindAllSubmatch(p.operators.Do(b, http.MethodGet, "/metrics", "", http.StatusOK).Body, -1) {
			n, err := strconv.Atoi(string(sample[1]))
			if err != nil {
				b.Fatal(err)
			}
			sum += n
		}
	}
	return sum
}
