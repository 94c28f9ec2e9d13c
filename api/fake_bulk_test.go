package api_test

import (
	"context"
	"maps"

	"marquee/storage"
	"marquee/storage/edit"
)

// Bulk applies writes in order. They share a version.
func (m *memory) Bulk(ctx context.Context, b *edit.Bulk) (*edit.BulkWritten, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	if b.Idempotency != nil {
		if r := m.bulks[b.Who+b.Idempotency.Key]; r != nil {
			again := *r
			again.Replayed = true
			return &again, nil
		}
	}
	before, version, log, made := m.copyObjects(), m.version, len(m.log), maps.Clone(m.made)
	refusals, results := map[int]error{}, make([]edit.Result, len(b.Writes))
	for i, w := range b.Writes {
		if w == nil {
			continue
		}
		written, err := m.apply(w)
		if err != nil {
			refusals[i] = err
			continue
		}
		results[i] = edit.Result{Write: w, ID: w.ID, Object: written.Object}
		if w.Operation == storage.Create && !b.DryRun {
			results[i].ID = written.Object.ID
		}
	}
	for _, change := range m.log[log:] {
		if e := m.objects[change.Noun][change.IDs[0]]; e != nil {
			e.version = version + 1
		}
	}
	for i := range m.log[log:] {
		m.log[log+i].Version = version + 1
	}
	m.version = min(m.version, version+1)
	for i := range results {
		if r := &results[i]; r.Object != nil {
			r.Object.Version = m.version
		}
	}
	refused := len(refusals) > 0 || b.Refused()
	if refused || b.DryRun {
		m.objects, m.version, m.log, m.made = before, version, m.log[:log], made
		for i := range results {
			results[i].Object = nil
		}
	}
	if refused {
		return nil, &edit.BulkError{Refusals: refusals}
	}
	body, err := b.Answer(results)
	if err != nil {
		return nil, err
	}
	out := &edit.BulkWritten{Body: body, Version: m.version}
	if b.Idempotency != nil {
		m.bulks[b.Who+b.Idempotency.Key] = out
	}
	close(m.grown)
	m.grown = make(chan struct{})
	return out, nil
}

func (m *memory) copyObjects() map[*storage.Noun]map[string]*entry {
	all := map[*storage.Noun]map[string]*entry{}
	for n, objects := range m.objects {
		all[n] = map[string]*entry{}
		for id, e := range objects {
			own := *e
			all[n][id] = &own
		}
	}
	return all
}
