//go:build race

package search_test

// The race detector makes everything several times slower, and a quarter of the pairs is
// enough for it.
func init() { freshPairs /= 4 }
