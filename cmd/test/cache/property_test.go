package cache_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

const (
	// proofRounds take half a minute on two busy processors: after each write all
	// targets are read at the origin.
	proofRounds = 30
	// proofReaders clients read proofReads targets each during a write.
	proofReaders = 3
	proofReads   = 8
)

// proof is a catalogue with one writer, who uses two processes in turn, and many
// readers. It has the responses of the origin at each version.
type proof struct {
	fixture.Env
	token   string
	random  *rand.Rand
	sides   [2]*proofSide
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
		"/genres", "/genres/drama", "/persons?sort=name", "/persons/1", "/persons/2", "/series", "/series/1", "/series/1/seasons",
		"/seasons/1", "/series/1/seasons/1/episodes", "/episodes?sort=number&limit=5", "/episodes/1", "/episodes/3",
		// The index answers these.
		"/movies?genres=drama&sort=-added", "/movies?genres=noir,drama&year=1951..", "/movies?genres_all=drama,noir&sort=title",
		"/movies?q=ferry&sort=added", "/movies?q=lantern&q_type=exact&sort=added", "/movies?q=%5EFerry%20.*7&q_type=regex&sort=title",
		"/movies?q=ina%20test&q_type=exact&sort=added", "/persons?q=Ina&q_type=regex&sort=name",
	}
	for id := range 16 {
		targets = append(targets, fmt.Sprintf("/movies/%d", id+1))
	}
	return targets
}

// newProof starts two processes on a new catalogue, and writes the first objects.
func newProof(t *testing.T, e fixture.Env) *proof {
	t.Helper()
	p := &proof{
		Env: e, token: fixture.NewToken(t, e), random: load.Seeded(t), changed: map[string]int{},
		targets: proofTargets(), states: map[int64][]string{}, tagged: map[[2]string]string{}, counts: map[string]int{},
	}
	for i := range p.sides {
		p.start(t, i)
	}
	p.written = load.NewCatalogue(t, fixture.Site{Base: p.sides[0].Base, Token: p.token}, p.random)
	p.version = p.sides[0].Version(t)
	fixture.Site{Base: p.sides[0].Base, Token: p.token}.AwaitIndex(t)
	p.record(t, p.sides[0])
	return p
}

// start starts a process, the first one with an indexer. A process reads the change log
// before it answers, so it has reached the last version.
func (p *proof) start(t *testing.T, side int) {
	t.Helper()
	command := []string{"serve", "api"}[side]
	s := &proofSide{Server: fixture.Start(t, p.Env, command, "--listen", "127.0.0.1:0", "--log-level", "error")}
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
	origin := fixture.Site{Base: s.Base, Token: p.token}
	version := strconv.FormatInt(p.version, 10)
	for _, target := range p.targets {
		a, err := origin.Ask(t.Context(), target, "Min-Version", version)
		if err != nil {
			t.Fatal(err)
		}
		fixture.Contains(t, a.Header.Get("Cache-Status"), "fwd=bypass")
		if n := fixture.IndexVersion(a); n >= 0 {
			knows(&s.ofIndex, n)
		}
		p.tag(t, len(p.states[p.version]), a)
		p.states[p.version] = append(p.states[p.version], shown(a))
	}
	knows(&s.ofLog, p.version)
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
	return fmt.Sprintf("%d %s %s %s %s\n%s", a.Status, a.Header.Get("Content-Type"), a.Header.Get("Last-Modified"),
		a.Header.Get("Link"), a.Header.Get("Surrogate-Key"), soft.ReplaceAll(a.Body, nil))
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

// ofIndex reports whether the index answers a target.
func ofIndex(target string) bool {
	return strings.Contains(target, "genres=") || strings.Contains(target, "genres_all=") || strings.Contains(target, "q=")
}

// judge checks that a response is a state of the catalogue between the two versions, and
// not before the index version in it.
func (p *proof) judge(t *testing.T, o *observed) {
	t.Helper()
	how := o.answer.Header.Get("Cache-Status")
	p.counts[kindOf(how)]++
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

// After random writes, each response equals the origin's at a version that the
// process must have reached, or at a later one. It is never older than the last write
// of the process, nor than Min-Version.
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
	}
	t.Logf("%d writes, changed responses %v; sources of responses %v", rounds, p.changed, p.counts)
	for _, kind := range load.Kinds {
		if p.changed[kind.Name] == 0 {
			t.Errorf("%s: got no changed response, want some", kind.Name)
		}
	}
	for _, kind := range []string{"hit", "detail=SHARED", "detail=TOUCHED", "detail=MIN-VERSION"} {
		if p.counts[kind] == 0 {
			t.Errorf("%s: got no such response, want some", kind)
		}
	}
	p.counted(t)
	fixture.VerifyIndex(t, e)
}
