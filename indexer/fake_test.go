package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"marquee/search"
	"marquee/storage"
)

// fakeIndex is a search index in memory that is as strict as Elasticsearch: it has
// external versions and traces of deletions, and shows nothing before a refresh.
type fakeIndex struct {
	mu      sync.Mutex
	mapping string
	alias   string
	indices map[string]*fakePhysical
	// refuse, when set, may refuse an operation.
	refuse func(op *search.Operation) *search.Refusal
	bulks  int
}

type fakePhysical struct {
	mapping          string
	written, visible map[string]fakeDocument
}

type fakeDocument struct {
	version  int64
	checksum string
	json     string
	deleted  bool
}

func newFake() *fakeIndex {
	return &fakeIndex{mapping: "1", indices: map[string]*fakePhysical{}}
}

func (f *fakeIndex) with(name string, do func(p *fakePhysical) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.indices[name]
	if p == nil {
		return fmt.Errorf("%s: %w", name, search.ErrNoIndex)
	}
	return do(p)
}

func (f *fakeIndex) Mapping() string { return f.mapping }

func (f *fakeIndex) CreateIndex(_ context.Context, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.indices[name] != nil {
		return errors.New("it exists")
	}
	f.indices[name] = &fakePhysical{mapping: f.mapping, written: map[string]fakeDocument{}, visible: map[string]fakeDocument{}}
	return nil
}

func (f *fakeIndex) DeleteIndex(_ context.Context, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.indices, name)
	if f.alias == name {
		f.alias = ""
	}
	return nil
}

func (f *fakeIndex) Indices(context.Context) ([]search.Physical, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []search.Physical
	for _, name := range slices.Sorted(maps.Keys(f.indices)) {
		out = append(out, search.Physical{Name: name, Mapping: f.indices[name].mapping})
	}
	return out, nil
}

func (f *fakeIndex) Alias(context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.alias, nil
}

func (f *fakeIndex) SwapAlias(_ context.Context, to string) error {
	return f.with(to, func(*fakePhysical) error {
		f.alias = to
		return nil
	})
}

func (f *fakeIndex) Bulk(_ context.Context, index string, ops []search.Operation) ([]search.Refusal, error) {
	var out []search.Refusal
	err := f.with(index, func(p *fakePhysical) error {
		f.bulks++
		for i := range ops {
			op := &ops[i]
			if f.refuse != nil {
				if r := f.refuse(op); r != nil {
					r.Operation = *op
					out = append(out, *r)
					continue
				}
			}
			p.apply(op)
		}
		return nil
	})
	return out, err
}

func (p *fakePhysical) apply(op *search.Operation) {
	key := op.Noun.Name + " " + op.ID
	if have, ok := p.written[key]; ok && have.version > op.Version {
		return
	}
	if op.Document == nil {
		p.written[key] = fakeDocument{version: op.Version, deleted: true}
		return
	}
	p.written[key] = fakeDocument{version: op.Version, checksum: search.Checksum(op), json: shape(op)}
}

// shape returns everything that an index gets of an object.
func shape(op *search.Operation) string {
	names := maps.Clone(op.Document.Names)
	maps.DeleteFunc(names, func(_ string, n []string) bool { return len(n) == 0 })
	return fmt.Sprintf("%d %d %s %v", op.Version, op.ObjectVersion, op.Document.AppendJSON(nil), names)
}

func (f *fakeIndex) Refresh(_ context.Context, index string) error {
	return f.with(index, func(p *fakePhysical) error {
		p.visible = maps.Clone(p.written)
		return nil
	})
}

// Merge always fails, which only costs speed.
func (f *fakeIndex) Merge(_ context.Context, index string) error {
	return f.with(index, func(*fakePhysical) error { return errors.New("too busy to merge") })
}

func (f *fakeIndex) Scan(_ context.Context, index string, visit func(noun, id string, version int64, checksum string) error) error {
	var all map[string]fakeDocument
	if err := f.with(index, func(p *fakePhysical) error { all = maps.Clone(p.visible); return nil }); err != nil {
		return err
	}
	for key, d := range all {
		var noun, id string
		if _, err := fmt.Sscan(key, &noun, &id); err != nil {
			return err
		}
		if d.deleted {
			continue
		}
		if err := visit(noun, id, d.version, d.checksum); err != nil {
			return err
		}
	}
	return nil
}

// seen returns the documents that searches find, by noun and id.
func (f *fakeIndex) seen() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]string{}
	if p := f.indices[f.alias]; p != nil {
		for key, d := range p.visible {
			if !d.deleted {
				out[key] = d.json
			}
		}
	}
	return out
}

// tamper changes the searched index without the indexer.
func (f *fakeIndex) tamper(change func(visible map[string]fakeDocument)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.indices[f.alias]
	change(p.written)
	p.visible = maps.Clone(p.written)
}

// wipe is a restart without data.
func (f *fakeIndex) wipe() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.alias, f.indices = "", map[string]*fakePhysical{}
}

// errDead is the error of every call of a process that was killed.
var errDead = errors.New("killed")

// mortal is a process's connection to its servers, which ends at a chosen call: before
// the call has an effect, or after it but without an answer.
type mortal struct {
	mu    sync.Mutex
	left  int // calls until death; negative means never
	after bool
	die   func()
	dead  bool
}

func (m *mortal) call(do func() error) error {
	m.mu.Lock()
	if m.dead {
		m.mu.Unlock()
		return errDead
	}
	last := m.left == 0
	m.left--
	m.dead = last
	m.mu.Unlock()
	if !last {
		return do()
	}
	if m.after {
		_ = do() // the process is dead
	}
	m.die()
	return errDead
}

// mortalIndex and mortalStore forward calls while the process lives.
type mortalIndex struct {
	search.Index
	*mortal
}

func (m *mortalIndex) CreateIndex(ctx context.Context, name string) error {
	return m.call(func() error { return m.Index.CreateIndex(ctx, name) })
}

func (m *mortalIndex) DeleteIndex(ctx context.Context, name string) error {
	return m.call(func() error { return m.Index.DeleteIndex(ctx, name) })
}

func (m *mortalIndex) SwapAlias(ctx context.Context, to string) error {
	return m.call(func() error { return m.Index.SwapAlias(ctx, to) })
}

func (m *mortalIndex) Bulk(ctx context.Context, index string, ops []search.Operation) (r []search.Refusal, err error) {
	err = m.call(func() error { r, err = m.Index.Bulk(ctx, index, ops); return err })
	return r, err
}

func (m *mortalIndex) Refresh(ctx context.Context, index string) error {
	return m.call(func() error { return m.Index.Refresh(ctx, index) })
}

func (m *mortalIndex) Merge(ctx context.Context, index string) error {
	return m.call(func() error { return m.Index.Merge(ctx, index) })
}

type mortalStore struct {
	Store
	*mortal
}

func (m *mortalStore) CreateCheckpoint(ctx context.Context, index string) error {
	return m.call(func() error { return m.Store.CreateCheckpoint(ctx, index) })
}

func (m *mortalStore) DropCheckpoint(ctx context.Context, index string) error {
	return m.call(func() error { return m.Store.DropCheckpoint(ctx, index) })
}

func (m *mortalStore) SaveCheckpoint(ctx context.Context, index string, version int64) (c []storage.Checkpoint, err error) {
	err = m.call(func() error { c, err = m.Store.SaveCheckpoint(ctx, index, version); return err })
	return c, err
}

func (m *mortalStore) Promote(ctx context.Context, index string, catchUp func(context.Context, int64) (int64, error)) error {
	return m.call(func() error { return m.Store.Promote(ctx, index, catchUp) })
}

func (m *mortalStore) Settle(ctx context.Context, index string) error {
	return m.call(func() error { return m.Store.Settle(ctx, index) })
}
