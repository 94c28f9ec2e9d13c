package known

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A key is remembered for at least one life and at most two after it was added last,
// unless too many others came.
func TestSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		const life, most = 10 * time.Second, 4
		now := time.Unix(1000, 0)
		s := New(life, most, func() time.Time { return now })
		added := map[Key]time.Time{}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 12).Draw(rt, "seconds")) * time.Second)
			k := KeyOf(strconv.Itoa(rapid.IntRange(0, most-1).Draw(rt, "key")))
			if rapid.Bool().Draw(rt, "add") {
				s.Add(k)
				added[k] = now
				continue
			}
			last, ever := added[k]
			switch age := now.Sub(last); {
			case ever && age < life && !s.Has(k):
				rt.Fatalf("a key of %s ago is forgotten", age)
			case (!ever || age >= 2*life) && s.Has(k):
				rt.Fatalf("a key of %s ago is known", age)
			}
		}
	})
}

// The memory is bounded, and the last keys are in it.
func TestSetIsBounded(t *testing.T) {
	t.Parallel()
	s := New(time.Minute, 10, time.Now)
	for i := range 1000 {
		s.Add(KeyOf(strconv.Itoa(i)))
	}
	if n := len(s.younger) + len(s.older); n > 20 || !s.Has(KeyOf("999")) || !s.Has(KeyOf("990")) || s.Has(KeyOf("1")) {
		t.Errorf("got %d keys of 1000", n)
	}
}

// The parts of credentials do not run into each other.
func TestKeyOf(t *testing.T) {
	t.Parallel()
	if KeyOf("a", "bc") == KeyOf("ab", "c") || KeyOf("a") == KeyOf("a", "") || KeyOf() == (Key{}) {
		t.Error("different credentials have one key")
	}
}
