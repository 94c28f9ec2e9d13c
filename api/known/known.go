// Package known remembers which credentials were good lately.
package known

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"
)

// Key identifies credentials. It is a hash, so that the memory has no secrets. The zero
// Key stands for none, and is never known.
type Key [sha256.Size]byte

// KeyOf returns the key of credentials.
func KeyOf(parts ...string) Key {
	var text []byte
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		text = append(text, sum[:]...)
	}
	return sha256.Sum256(text)
}

// String is the beginning of the key, which is enough to distinguish accounts.
func (k Key) String() string { return hex.EncodeToString(k[:8]) }

// Set is a set of keys, each remembered for a time after it was added last. It has two
// generations: when the younger one is old or full, it replaces the older one. A Set is
// safe for concurrent use.
type Set struct {
	life time.Duration
	most int
	now  func() time.Time

	mutex          sync.Mutex
	younger, older map[Key]struct{}
	turned         time.Time
}

// New returns a Set that remembers keys for at least life, and for at most twice as long.
// It forgets them earlier if more than most keys are added in a life. now is the clock.
func New(life time.Duration, most int, now func() time.Time) *Set {
	return &Set{life: life, most: most, now: now, younger: map[Key]struct{}{}, turned: now()}
}

// Add adds a key.
func (s *Set) Add(k Key) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.turn()
	if _, there := s.younger[k]; there {
		return
	}
	if len(s.younger) >= s.most {
		s.older, s.younger, s.turned = s.younger, map[Key]struct{}{}, s.now()
	}
	s.younger[k] = struct{}{}
}

// Has reports whether a key was added lately.
func (s *Set) Has(k Key) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.turn()
	_, young := s.younger[k]
	_, old := s.older[k]
	return young || old
}

// turn drops generations that are too old.
func (s *Set) turn() {
	switch age := s.now().Sub(s.turned); {
	case age >= 2*s.life:
		s.older, s.younger, s.turned = nil, map[Key]struct{}{}, s.now()
	case age >= s.life:
		s.older, s.younger, s.turned = s.younger, map[Key]struct{}{}, s.turned.Add(s.life)
	}
}
