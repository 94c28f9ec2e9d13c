package indexer_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"marquee/deploy/devstack"
	"marquee/indexer"
	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
	"marquee/storage/tail"
)

type tracer struct {
	mu sync.Mutex
	ev []string
	t0 time.Time
}

func (t *tracer) mark(f string, a ...any) {
	t.mu.Lock()
	t.ev = append(t.ev, fmt.Sprintf("%6.1f ", float64(time.Since(t.t0).Microseconds())/1000)+fmt.Sprintf(f, a...))
	t.mu.Unlock()
}

type trStore struct {
	Store
	t *tracer
}

func (s trStore) Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error) {
	b := time.Now()
	c, err := s.Store.Changes(ctx, since, limit)
	s.t.mark("changes took %v", time.Since(b))
	return c, err
}
func (s trStore) Checkpoints(ctx context.Context) (*storage.Checkpoints, error) {
	b := time.Now()
	c, err := s.Store.Checkpoints(ctx)
	s.t.mark("checkpoints took %v", time.Since(b))
	return c, err
}
func (s trStore) SaveCheckpoint(ctx context.Context, i string, v int64) ([]storage.Checkpoint, error) {
	b := time.Now()
	c, err := s.Store.SaveCheckpoint(ctx, i, v)
	s.t.mark("save took %v", time.Since(b))
	return c, err
}
func (s trStore) Listen(ctx context.Context, ch []string, n func(a, b string)) error {
	return s.Store.Listen(ctx, ch, func(a, b string) { s.t.mark("notified %s %s", a, b); n(a, b) })
}

type trIndex struct {
	search.Index
	t *tracer
}

func (s trIndex) Bulk(ctx context.Context, i string, ops []search.Operation) ([]search.Refusal, error) {
	b := time.Now()
	c, err := s.Index.Bulk(ctx, i, ops)
	s.t.mark("bulk took %v", time.Since(b))
	return c, err
}
func (s trIndex) Refresh(ctx context.Context, i string) error {
	b := time.Now()
	err := s.Index.Refresh(ctx, i)
	s.t.mark("refresh took %v", time.Since(b))
	return err
}

func TestTrace(t *testing.T) {
	prefix := devstack.IndexPrefix(t)
	s := open(t)
	tr := &tracer{t0: time.Now()}
	w := tail.NewIndexed(s, nil, nil)
	c := openElastic(t, devstack.Elasticsearch(t), prefix+"a", w.Version)
	bring(t, s, "file", 5000)
	x := start(t, indexer.Config{Store: trStore{s, tr}, Index: trIndex{c, tr}, Prefix: prefix + "a-", Clock: poll.System})
	x.caughtUp(s)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	defer func() { cancel(); <-ended }()
	var took []time.Duration
	for range 500 {
		tr.mu.Lock()
		tr.ev = nil
		tr.t0 = time.Now()
		tr.mu.Unlock()
		out := must(t, s, storage.Create, storage.Movie, "", `{"title": "New"}`)
		committed := time.Now()
		tr.mark("committed %d", out.Version)
		_ = w.Wait(ctx, out.Version)
		tr.mark("watermark")
		find(t, c, out.Object.ID)
		d := time.Since(committed)
		tr.mark("found")
		took = append(took, d)
		if d > 120*time.Millisecond {
			tr.mu.Lock()
			fmt.Println(d, "\n  ", fmt.Sprint(slices.Clone(tr.ev)))
			tr.mu.Unlock()
		}
	}
	slices.Sort(took)
	fmt.Println(took[250], took[495])
}
