package search

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"

	"marquee/storage"
)

// This file has the types between the indexer, which decides on the content of the
// search index, and the engine that stores it (search/elastic).

// Index is a search index as its writer sees it: physical indices, and one alias that
// searches go through. Every method ends with its context. Errors that may pass are
// *storage.Error with code Unavailable.
type Index interface {
	// Mapping identifies how this program indexes documents: settings, analysis, mapping
	// and the form of the documents. A physical index with another value has to be
	// rebuilt.
	Mapping() string
	// CreateIndex makes an empty physical index, without replacing any.
	CreateIndex(ctx context.Context, name string) error
	// DeleteIndex removes a physical index. It is no error if it does not exist.
	DeleteIndex(ctx context.Context, name string) error
	// Indices lists the physical indices that the alias may point to.
	Indices(ctx context.Context) ([]Physical, error)
	// Alias returns the physical index that searches go to, "" if there is none.
	Alias(ctx context.Context) (string, error)
	// SwapAlias moves searches to another physical index, atomically.
	SwapAlias(ctx context.Context, to string) error
	// Bulk applies operations to a physical index, in any order, and returns the refused
	// ones. Versions are external and inclusive (external_gte): an operation is applied
	// if the index has the object, or the trace of its deletion, at the same version or
	// an older one. If it has a newer one, the operation is superseded and not refused.
	// A physical index that does not exist is ErrNoIndex; Bulk never makes one.
	Bulk(ctx context.Context, index string, ops []Operation) ([]Refusal, error)
	// Refresh makes all applied operations visible to searches and Scan.
	Refresh(ctx context.Context, index string) error
	// Merge makes searches of a physical index that was filled at once cheaper. It may take
	// a minute. Operations and searches go on meanwhile, and an index that is not merged is
	// only slower.
	Merge(ctx context.Context, index string) error
	// Scan visits every visible object of a physical index, in any order, at one point in
	// time at or after the call, with the external version and the checksum that Bulk
	// stored. It ends with the first error of visit and returns it.
	Scan(ctx context.Context, index string, visit func(noun, id string, version int64, checksum string) error) error
}

// ErrNoIndex is an operation on a physical index that does not exist: the engine lost
// its data, or the index was deleted.
var ErrNoIndex = errors.New("there is no such search index")

// Physical is an index that the alias may point to.
type Physical struct {
	Name string
	// Mapping is the value of Index.Mapping when it was made.
	Mapping string
}

// Operation writes one object to an index, or removes it.
type Operation struct {
	// Version is the external version: the catalogue's at the last change of anything
	// that the document shows, or at the deletion.
	Version int64
	Noun    *storage.Noun
	ID      string
	// Document is the document to index; nil removes the object.
	Document *storage.Document
	// ObjectVersion is the object's own version, which its ETag shows
	// (storage.Object.Version). It is 0 for a deletion.
	ObjectVersion int64
}

// Refusal is an operation that an index refused.
type Refusal struct {
	Operation
	// Reason is the engine's text, for people.
	Reason string
	// Retryable reports whether the engine was the cause (429, 503, a full disk), not
	// the document: it may take the same operation later.
	Retryable bool
}

// Indexed reports whether objects of the noun are in search indices. Nouns that are
// searched are, and nouns that they refer to, so that an engine can distinguish an
// unknown genre or person from one without films.
func Indexed(n *storage.Noun) bool { return slices.Contains(indexed, n) }

// IndexedNouns lists the nouns whose objects are in search indices.
func IndexedNouns() []*storage.Noun { return slices.Clone(indexed) }

var indexed = func() []*storage.Noun {
	wanted := map[*storage.Noun]bool{}
	for _, n := range storage.Nouns {
		if len(n.Searched) == 0 {
			continue
		}
		wanted[n] = true
		for _, f := range n.References() {
			wanted[storage.NounByName(f.Type.Of.Reference)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(storage.Nouns), func(n *storage.Noun) bool { return !wanted[n] })
}()

// checksumBytes is the length of the stored part of a SHA-256. Two different documents
// share it by chance once in 2^96 pairs.
const checksumBytes = 12

// Checksum identifies the document of an operation: its public JSON without counters
// (which change without a version), the names that it shows, and the object's own
// version. An index stores it with the document, so that the two stores can be compared
// without reading documents. It is "" for a deletion.
func Checksum(op *Operation) string {
	if op.Document == nil {
		return ""
	}
	d := *op.Document
	d.Fields = maps.Clone(d.Fields)
	for _, f := range d.Noun.FieldsFrom(storage.Counter) {
		delete(d.Fields, f.Name)
	}
	b := d.AppendJSON(make([]byte, 0, 2048))
	b = strconv.AppendInt(b, op.ObjectVersion, 10)
	for _, plural := range slices.Sorted(maps.Keys(d.Names)) {
		if len(d.Names[plural]) == 0 {
			continue // the same as no entry
		}
		b = append(append(b, 0), plural...)
		for _, name := range d.Names[plural] {
			b = append(append(b, 1), name...)
		}
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:checksumBytes])
}
