// Package sample holds the catalogue that Marquee brings along: about a hundred
// films and two series, for a first look and for demonstrations.
package sample

import _ "embed"

// NDJSON is the sample as JSON objects, one a line: hand-written records with
// noun, key, for parts the parent's key, and object. A record comes behind
// those that it refers to. Genres are named by id, persons by name.
//
//go:embed sample.ndjson
var NDJSON []byte
