// Package judgment measures how well searches by words rank their results. It has only
// tests. Each runs the same searches over the same films on every engine, and a plain
// multi_match query for comparison. `make relevance` prints the figures.
package judgment
