package cache_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

const (
	// proofRounds take half a minute on two busy processors: after each write all
	// targets are read at the origin.
	proofRounds = 24
	// proofReaders clients read proofReads targets each during a write.
	proofReaders = 3
	proofReads   = 8
)

// proof is a catalogue with one writer, who uses two processes in turn, and many
// readers. It has the responses of the origin at each version.
type proof struct {
	fixture.Env
	token  string
	random *rand.Rand
	clock  atomic.Pointer[time.Time]
	sides  [2]*proofSide
	// bare is a process that caches nothing. It answers the public, which sees only active
	// collections, as the origin does. Editors, whose requests pass the cache, see all.
	bare    *fixture.Server
	targets []string
	written *load.Catalogue
	version int64
	// states has the responses of the origin to the targets, by version.
	states map[int64][]string
	// tagged has the bodies by target and entity tag.
	tagged map[[2]string]string
	counts map[string]int // of responses, by Cache-Status
	// changed has the numbers of responses that each kind of write changed.
	changed map[string]int
}

// proofSide is one of the processes, with the versions that it must have reached: ofLog
// for responses from PostgreSQL, ofIndex for responses from the index.
type proofSide struct {
	*fixture.Server
	ofLog, ofIndex atomic.Int64
}

// knows records that the process has reached a version.
func knows(floor *atomic.Int64, version int64) {
	for old := floor.Load(); old < version; old = floor.Load() {
		if floor.CompareAndSwap(old, version) {
			return
		}
	}
}

// proofTargets returns the targets: existing, deleted and future objects, and lists with
// all kinds of filters. No list is ranked, because the rarity of words, on which ranks
// depend, is not in the change log.
func proofTargets() []string {
	targets := []string{
		"/movies", "/movies?sort=-added&limit=3", "/movies?sort=title&limit=4&offset=3", "/movies?year=1950..1954&sort=year",
		"/movies?rating_from=5", "/movies?recommended=true&fields=title,release_year", "/movies?persons=1&limit=20", "/movies?ids=3,5,17,19",
		"/movies?languages=fr&mpaa=PG,R", "/movies?facets=genres,year,languages,mpaa&limit=2", "/movies?facets=year,mpaa&year=1952..1956&mpaa=R&recommended=true&sort=title&limit=1",
		"/series?facets=genres,year&facet_limit=1", "/synonyms", "/synonyms/boat", "/genres", "/genres/drama", "/persons?sort=name", "/persons/1", "/persons/2", "/series", "/series/1", "/series/1/seasons",
		"/seasons/1", "/series/1/seasons/1/episodes", "/episodes?sort=number&limit=5", "/episodes/1", "/episodes/3",
		// The index answers these.
		"/movies?genres=drama&sort=-added", "/movies?genres=noir,drama&year=1951..", "/movies?genres_all=drama,noir&sort=title",
		"/movies?q=ferry&sort=added", "/movies?q=lantern&q_type=exact&sort=added", "/movies?q=%5EFerry%20.*7&q_type=regex&sort=title",
		"/movies?q=boat&sort=added", "/movies?q=boat&sort=title&genres=drama", "/movies?q=glass&sort=added&limit=4",
		"/movies?genres=noir&year=1953..&facets=genres,year,languages&limit=1", "/movies?q=ferry&sort=added&facets=genres,year&genres=drama&limit=1",
		"/movies?q=%5E.*7&q_type=regex&sort=title&facets=languages,mpaa&languages=en&limit=2", "/movies?q=lantern&q_type=exact&sort=added&facets=year,mpaa",
		"/movies?q=ina%20test&q_type=exact&sort=added", "/persons?q=Ina&q_type=regex&sort=name",
		"/movies?q=ferry&sort=added&highlight=true&fields=title", "/movies?q=%5EFerry%20.*7&q_type=regex&sort=title&highlight=true",
		"/movies?q=lxntern&sort=added&year=1950..1951&highlight=true", "/movies?q=%22frery%20to%22&sort=added&recommended=true",
		// These also show what the objects refer to.
		"/movies?expand=starring&fields=title&limit=3&sort=title", "/movies?expand=genres,starring,directors&year=1950..1953", "/movies/1?expand=genres,directors",
		"/series/1?expand=genres", "/series/1/seasons/1/episodes?expand=starring", "/movies?genres=drama&expand=directors&sort=-added", "/movies?q=ferry&sort=added&expand=genres,starring",
	}
	// Words of titles and names that are written, with a typo, and not known yet. Votes
	// change the order of films without a version, so the limit is above the number of films.
	targets = append(targets, "/suggest?q=ferry%20to&types=movies&limit=20", "/suggest?q=fery%20to&types=movies&limit=20", "/suggest?q=in", "/suggest?q=ina%20t&types=persons",
		"/suggest?q=harbor&types=series", "/suggest?q=shelf", "/suggest?q=d&types=genres", "/suggest?q=darma&types=genres,persons", "/suggest?q=nothing&limit=20")
	for id := range 16 {
		targets = append(targets, fmt.Sprintf("/movies/%d", id+1))
	}
	for n := range load.MaxCollections {
		of := fmt.Sprintf("/collections/shelf-%d", n+1)
		targets = append(targets, of, of+"/movies", of+"/movies?limit=2&offset=1", of+"/movies?limit=3&offset=4&fields=title", of+"/movies?expand=genres,starring&fields=id")
	}
	return append(targets, "/collections", "/collections?sort=-modified&limit=2", "/collections?ids=shelf-1,shelf-3", "/collections?offset=1&fields=name,active")
}

// newProof starts two processes on a new catalogue, and writes the first objects.
func newProof(t *testing.T, e fixture.Env) *proof {
	t.Helper()
	p := &proof{
		Env: e, token: fixture.NewToken(t, e), random: load.Seeded(t), changed: map[string]int{},
		targets: proofTargets(), states: map[int64][]string{}, tagged: map[[2]string]string{}, counts: map[string]int{},
	}
	p.clock.Store(new(time.Now()))
	for i := range p.sides {
		p.start(t, i)
	}
	p.bare = fixture.StartAt(t, e.Without("MARQUEE_REDIS_URL"), p.now, "api", "--listen", "127.0.0.1:0", "--log-level", "error", "--cache-memory", "1")
	p.written = load.NewCatalogue(t, fixture.Site{Base: p.sides[0].Base, Token: p.token}, p.random)
	p.written.Now = p.now
	const minute = "2006-01-02T15-04"
	from := p.now().UTC().Add(5 * time.Minute) // the clock moves past it before the test ends
	fixture.Site{Base: p.sides[0].Base, Token: p.token}.Post(t, "/2.0/collections", fmt.Sprintf(`{"collection":{"name":"Turning","periods":[{"from":%q,"to":%q}]}}`,
		from.Format(minute), from.Add(5*time.Minute).Format(minute)))
	p.version = p.sides[0].Version(t)
	fixture.Site{Base: p.sides[0].Base, Token: p.token}.AwaitIndex(t)
	p.record(t, p.sides[0])
	return p
}

// now is the clock of the processes. The test moves it.
func (p *proof) now() time.Time { return *p.clock.Load() }

// start starts a process, the first one with an indexer. A process reads the change log
// before it answers, so it has reached the last version.
func (p *proof) start(t *testing.T, side int) {
	t.Helper()
	command := []string{"serve", "api"}[side]
	s := &proofSide{Server: fixture.StartAt(t, p.Env, p.now, command, "--listen", "127.0.0.1:0", "--log-level", "error")}
	s.ofLog.Store(p.version)
	p.sides[side] = s
}

// restart replaces a process, as an upgrade does.
func (p *proof) restart(t *testing.T) {
	t.Helper()
	side := p.random.IntN(len(p.sides))
	if err := p.sides[side].Stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	p.start(t, side)
}

// record reads all targets from the origin, at the last version.
func (p *proof) record(t *testing.T, s *proofSide) {
	t.Helper()
	p.states[p.version] = make([]string, len(p.targets))
	for target := range p.targets {
		p.ask(t, s, target)
	}
	knows(&s.ofLog, p.version)
}

// ask reads a target from the origin, at the last version.
func (p *proof) ask(t *testing.T, s *proofSide, target int) {
	t.Helper()
	origin := fixture.Site{Base: s.Base, Token: p.token}
	if clocked(p.targets[target]) {
		origin = p.bare.Public()
	}
	a, err := origin.Ask(t.Context(), p.targets[target], "Min-Version", strconv.FormatInt(p.version, 10))
	if err != nil {
		t.Fatal(err)
	}
	fixture.Lacks(t, a.Header.Get("Cache-Status"), "; hit")
	if n := fixture.IndexVersion(a); n >= 0 && origin.Base == s.Base {
		knows(&s.ofIndex, n)
	}
	p.tag(t, target, a)
	p.states[p.version][target] = shown(a)
}

// turn moves the clock while no client reads. Both processes reach the last version first,
// so that no later answer is of an older one, of which no state at the new time is known.
func (p *proof) turn(t *testing.T) {
	t.Helper()
	for _, s := range p.sides {
		for i, target := range p.targets {
			if i == 0 || ofIndex(target) && !clocked(target) {
				p.ask(t, s, i)
			}
		}
		knows(&s.ofLog, p.version)
	}
	p.clock.Store(new(load.Moment(p.random, p.now())))
	for i, target := range p.targets {
		if before := p.states[p.version][i]; clocked(target) {
			if p.ask(t, p.sides[0], i); p.states[p.version][i] != before {
				p.changed["the clock"]++
			}
		}
	}
	p.settled(t)
}

// clocked reports whether a target's answer depends on the clock.
func clocked(target string) bool {
	return strings.HasPrefix(target, "/collections") || strings.HasPrefix(target, "/suggest") && !strings.Contains(target, "types=")
}

var (
	// soft matches the members about the engine, and the counters, which have no
	// version.
	soft = regexp.MustCompile(`,"index_version":\d+|,"degraded":true|"(?:likes|dislikes|views)":\d+`)
)

// shown returns the parts of a response that must be equal for all sources: all but its
// lifetime and age, the engine, the counters, and the entity tag, which depends on the
// counters and has its own check.
func shown(a *fixture.Answer) string {
	keys, body := a.Header.Get("Surrogate-Key"), soft.ReplaceAll(a.Body, nil)
	if head, found, ok := strings.Cut(string(body), `"suggestions":[`); ok { // votes order these
		keys = strings.Join(slices.Sorted(strings.FieldsSeq(keys)), " ")
		all := strings.Split(strings.TrimSuffix(found, "]}"), `,{"type"`)
		all[0] = strings.TrimPrefix(all[0], `{"type"`)
		slices.Sort(all)
		body = []byte(head + strings.Join(all, "\n"))
	}
	return fmt.Sprintf("%d %s %s %s %s\n%s", a.Status, a.Header.Get("Content-Type"), a.Header.Get("Last-Modified"),
		a.Header.Get("Link"), keys, body)
}

// observed is a response that must be a state between two versions.
type observed struct {
	target   int
	from, to int64
	answer   *fixture.Answer
}

// read reads a target from a process, with least as Min-Version if it is above 0.
func (p *proof) read(ctx context.Context, s *proofSide, target int, least, to int64) (*observed, error) {
	var headers []string
	if least > 0 {
		headers = []string{"Min-Version", strconv.FormatInt(least, 10)}
	}
	committed, indexed := s.ofLog.Load(), s.ofIndex.Load()
	a, err := fixture.Site{Base: s.Base}.Ask(ctx, p.targets[target], headers...)
	if err != nil {
		return nil, err
	}
	from := committed
	if ofIndex(p.targets[target]) {
		from = indexed
	}
	return &observed{target, max(least, from), to, a}, nil
}

// ofIndex reports whether the index may answer a target.
func ofIndex(target string) bool {
	if strings.HasPrefix(target, "/suggest") {
		return false
	}
	return clocked(target) && strings.Contains(target, "/movies") || strings.Contains(target, "genres=") || strings.Contains(target, "genres_all=") || strings.Contains(target, "q=")
}

// judge checks that a response is a state of the catalogue between the two versions, and
// not before the index version in it.
func (p *proof) judge(t *testing.T, o *observed) {
	t.Helper()
	how := o.answer.Header.Get("Cache-Status")
	p.counts[kindOf(how)]++
	if strings.Contains(p.targets[o.target], "/movies?") && clocked(p.targets[o.target]) && o.answer.Status == http.StatusOK {
		p.counts["collection's films"]++
	}
	p.tag(t, o.target, o.answer)
	got, from := shown(o.answer), max(o.from, fixture.IndexVersion(o.answer))
	for version := from; version <= o.to; version++ {
		if state := p.states[version]; state != nil && state[o.target] == got {
			return
		}
	}
	t.Fatalf("%s (%s): want a state between the versions %d and %d, got\n%s\nThe last state is\n%s",
		p.targets[o.target], how, from, o.to, got, p.states[o.to][o.target])
}

// tag checks that a strong entity tag has only one body (RFC 9110, section 8.8.1).
func (p *proof) tag(t *testing.T, target int, a *fixture.Answer) {
	t.Helper()
	tag := a.Header.Get("Etag")
	if a.Status != http.StatusOK || tag == "" {
		return
	}
	key := [2]string{p.targets[target], tag}
	if body, known := p.tagged[key]; known && body != string(a.Body) {
		t.Fatalf("%v: got two bodies for one entity tag:\n%s\nand\n%s", key, body, a.Body)
	}
	p.tagged[key] = string(a.Body)
}

// kindOf returns the part of Cache-Status with the source of a response.
func kindOf(status string) string {
	for _, kind := range []string{"detail=SHARED", "detail=TOUCHED", "detail=MIN-VERSION", "; hit"} {
		if strings.Contains(status, kind) {
			return strings.TrimLeft(kind, "; ")
		}
	}
	return "other"
}

// round makes one write while clients read, and reads afterwards.
func (p *proof) round(t *testing.T) {
	t.Helper()
	readers, ctx := errgroup.WithContext(t.Context())
	found := make([][]*observed, proofReaders)
	for i := range found {
		random := rand.New(rand.NewPCG(p.random.Uint64(), uint64(i)))
		readers.Go(func() error {
			for range proofReads {
				o, err := p.read(ctx, p.sides[random.IntN(2)], random.IntN(len(p.targets)), 0, p.version+1)
				if err != nil {
					return err
				}
				found[i] = append(found[i], o)
			}
			return nil
		})
	}
	writer := p.sides[p.random.IntN(2)]
	written := p.written.Write(t, fixture.Site{Base: writer.Base, Token: p.token}, p.Env)
	if written.Here {
		knows(&writer.ofLog, p.version+1)
		knows(&writer.ofIndex, p.version+1)
	}
	if err := readers.Wait(); err != nil {
		t.Fatal(err)
	}
	p.version++
	if written.Version != p.version {
		t.Fatalf("%s: got version %d, want %d", written.What, written.Version, p.version)
	}
	p.written.Vote(t, fixture.Site{Base: writer.Base, Token: p.token})
	found = append(found, p.afterwards(t, writer))
	p.record(t, p.sides[p.random.IntN(2)])
	p.compare(written.Kind)
	for _, all := range found {
		for _, o := range all {
			p.judge(t, o)
		}
	}
	p.settled(t)
}

// compare counts the responses that the last write changed.
func (p *proof) compare(kind string) {
	before := p.states[p.version-1]
	for i, now := range p.states[p.version] {
		if now != before[i] {
			p.changed[kind]++
		}
	}
}

// afterwards reads from the process that has written, before any read with Min-Version
// makes it wait for the write.
func (p *proof) afterwards(t *testing.T, writer *proofSide) (found []*observed) {
	t.Helper()
	for range proofReads {
		o, err := p.read(t.Context(), writer, p.random.IntN(len(p.targets)), 0, p.version)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, o)
	}
	return found
}

// settled reads from both processes without a concurrent write, sometimes with
// Min-Version.
func (p *proof) settled(t *testing.T) {
	t.Helper()
	for range 3 * proofReads {
		least := int64(0)
		if p.random.IntN(4) == 0 {
			least = p.version - p.random.Int64N(3)
		}
		o, err := p.read(t.Context(), p.sides[p.random.IntN(2)], p.random.IntN(len(p.targets)), least, p.version)
		if err != nil {
			t.Fatal(err)
		}
		p.judge(t, o)
	}
}

// counted waits until the films of all processes equal those of the origin, including
// their counters.
func (p *proof) counted(t *testing.T) {
	t.Helper()
	for _, s := range p.sides {
		for _, film := range p.written.Films {
			target := strings.TrimPrefix(film, "/2.0")
			await.Nil(t, func() error {
				cached, err := fixture.Site{Base: s.Base}.Ask(t.Context(), target)
				if err != nil {
					return err
				}
				fresh, err := fixture.Site{Base: s.Base, Token: p.token}.Ask(t.Context(), target)
				if err == nil && !bytes.Equal(cached.Body, fresh.Body) {
					err = fmt.Errorf("%s: got %s, want %s", target, cached.Body, fresh.Body)
				}
				return err
			})
		}
	}
}

// After random writes and moves of the clock, each response equals the origin's at a
// version that the process must have reached, or at a later one, and at the clock's time.
// It is never older than the last write of the process, nor than Min-Version.
func TestCachedAnswersAreStatesOfTheCatalogue(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	e.WithoutLimits()
	p := newProof(t, e)
	rounds := proofRounds
	if testing.Short() {
		rounds = len(load.Kinds)
	}
	for i := range rounds {
		if i%6 == 5 {
			p.restart(t)
		}
		p.round(t)
		p.turn(t)
	}
	t.Logf("%d writes, changed responses %v; sources of responses %v", rounds, p.changed, p.counts)
	for _, kind := range load.Kinds {
		if p.changed[kind.Name] == 0 {
			t.Errorf("%s: got no changed response, want some", kind.Name)
		}
	}
	if p.changed["the clock"] == 0 || p.counts["collection's films"] == 0 {
		t.Errorf("got %d responses that the clock changed and %d lists of a collection's films, want some", p.changed["the clock"], p.counts["collection's films"])
	}
	for _, kind := range []string{"hit", "detail=SHARED", "detail=TOUCHED", "detail=MIN-VERSION"} {
		if p.counts[kind] == 0 {
			t.Errorf("%s: got no such response, want some", kind)
		}
	}
	p.counted(t)
	fixture.VerifyIndex(t, e)
}
