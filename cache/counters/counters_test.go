package counters

import (
	"fmt"
	"testing"
)

// More keys than are remembered make everything outdated, once.
func TestKeysAreBounded(t *testing.T) {
	t.Parallel()
	keys := make([]string, maxKeys+1)
	for i := range keys {
		keys[i] = fmt.Sprint("person-", i)
	}
	var tracker Tracker
	tracker.Changed(keys[:maxKeys], 1)
	if tracker.Outdated(0, "movie-12") {
		t.Errorf("after %d keys: a key that is not among them is outdated", maxKeys)
	}
	tracker.Changed(keys[maxKeys:], 2)
	if !tracker.Outdated(1, "movie-12") || tracker.Outdated(2, "movie-12") {
		t.Error("one key more: not everything before it is outdated, or something after it")
	}
	if got := len(tracker.keys); got != 1 {
		t.Errorf("got %d keys, want 1", got)
	}
}
