// Package judgment measures how well searches by words rank what they find. It
// has tests only: each runs the same searches over the same films on every
// engine, beside a plain multi_match query. `make relevance` prints the figures.
package judgment
