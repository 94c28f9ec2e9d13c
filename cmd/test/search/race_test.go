//go:build race

package search_test

// With the race detector everything takes several times as long: a quarter of the
// pairs is enough for it, and all of them are made without it.
func init() { freshPairs /= 4 }
