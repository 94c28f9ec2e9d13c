// Package sample has the built-in catalogue: about a hundred films, two series and three
// collections, for a first look and for demonstrations.
package sample

import _ "embed"

// NDJSON is the sample as lines of the format ndjson, written by hand: noun, key, object
// and, for parts, the key of the parent. A record comes after the records that it refers
// to. Genres are referred to by id, persons by name. Collections have queries,
// because films have no ids yet.
//
//go:embed sample.ndjson
var NDJSON []byte
