package touch

import (
	"sync"

	"marquee/storage"
)

// maxMemory bounds a memory in bytes: some 2,000 films with long descriptions.
const maxMemory = 20 << 20

// recent are the documents of recent changes. The whole process shares them, because
// each change is checked against many queries, for caches, choosers and totals.
var recent memory

// memory caches the terms of documents. It is emptied when full: changes are checked
// while they are new. It is safe for concurrent use.
type memory struct {
	mu    sync.Mutex
	terms map[*storage.Document]*Terms
	bytes int // of the terms and of the documents, which the map keeps alive
}

// TermsOf returns the terms of a document of a searched noun, or of a synonym. It caches them, so the
// document must not change.
func TermsOf(d *storage.Document) *Terms { return recent.of(d) }

func (m *memory) of(d *storage.Document) *Terms {
	m.mu.Lock()
	t := m.terms[d]
	m.mu.Unlock()
	if t != nil {
		return t
	}
	t = newTerms(d)
	bytes := t.bytes() + d.Weight()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.terms == nil || m.bytes+bytes > maxMemory {
		m.terms, m.bytes = map[*storage.Document]*Terms{}, 0
	}
	if m.terms[d] == nil {
		m.terms[d] = t
		m.bytes += bytes
	}
	return t
}
