package nonce_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"marquee/cache/nonce"
)

// A memory that is full of nonces which have not expired refuses more, and drops none.
func TestMemoryFull(t *testing.T) {
	t.Parallel()
	now := time.Now()
	m := nonce.NewMemory(3, func() time.Time { return now })
	for i := range 3 {
		use(t, m, strconv.Itoa(i), true)
	}
	if fresh, err := m.Use(t.Context(), "3", ttl); fresh || !errors.Is(err, nonce.ErrFull) {
		t.Errorf("got fresh %v, error %v; want error %v", fresh, err, nonce.ErrFull)
	}
	for i := range 3 {
		use(t, m, strconv.Itoa(i), false)
	}
	now = now.Add(ttl - 1)
	use(t, m, "0", false)
	now = now.Add(1)
	use(t, m, "3", true)
}

// A nonce is remembered from its use until it expires, and no longer, whatever other
// nonces are used.
func TestMemoryKeeps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Now()
		m := nonce.NewMemory(1000, func() time.Time { return now })
		until := map[string]time.Time{}
		for range rapid.IntRange(1, 100).Draw(t, "uses") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "pause")) * time.Millisecond)
			key := strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "key"))
			ttl := time.Duration(rapid.IntRange(1, 20).Draw(t, "ttl")) * time.Millisecond
			want := !now.Before(until[key])
			if fresh, err := m.Use(t.Context(), key, ttl); err != nil || fresh != want {
				t.Fatalf("%s: got fresh %v, error %v; want %v", key, fresh, err, want)
			}
			if want {
				until[key] = now.Add(ttl)
			}
		}
	})
}
