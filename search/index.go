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

// The vocabulary between the indexer, which decides what the search index
// holds, and an engine with an index of its own (search/elastic), which keeps
// it. The engine's package uses these types; it has none of its own for them.

// Index is a search index seen from the writing side: physical indices, and
// one alias that searches go through. Every method obeys its context; errors
// that a later try may not meet are *storage.Error with code Unavailable.
type Index interface {
	// Mapping identifies how this program wants documents to be indexed:
	// settings, analysis, mapping and the form of the documents. Another value
	// than a physical index was made with means that it has to be built anew.
	Mapping() string
	// CreateIndex makes an empty physical index, without replacing any.
	CreateIndex(ctx context.Context, name string) error
	// DeleteIndex removes a physical index; that it does not exist is no error.
	DeleteIndex(ctx context.Context, name string) error
	// Indices lists the physical indices that the alias may point to.
	Indices(ctx context.Context) ([]Physical, error)
	// Alias is the physical index that searches go to, "" when there is none.
	Alias(ctx context.Context) (string, error)
	// SwapAlias points searches to another physical index, atomically.
	SwapAlias(ctx context.Context, to string) error
	// Bulk applies operations to a physical index, in any order, and returns
	// those that were refused. Versions are external and inclusive (external_gte):
	// an operation is applied when the index has the object, or the trace of its
	// deletion, at the same version or an older one. Where it has a newer one, the
	// operation is done already and no refusal. A physical index that does not
	// exist is ErrNoIndex; Bulk never makes one.
	Bulk(ctx context.Context, index string, ops []Operation) ([]Refusal, error)
	// Refresh makes everything that was applied visible to searches and Scan.
	Refresh(ctx context.Context, index string) error
	// Scan visits every visible object of a physical index, in any order, as of
	// one moment at or after the call, with the external version and the
	// checksum that Bulk stored. An error of visit ends it and is returned.
	Scan(ctx context.Context, index string, visit func(noun, id string, version int64, checksum string) error) error
}

// ErrNoIndex is an operation on a physical index that does not exist: the
// engine lost its data, or somebody deleted it.
var ErrNoIndex = errors.New("there is no such search index")

// Physical is an index behind the alias.
type Physical struct {
	Name string
	// Mapping is the value of Index.Mapping that it was made with.
	Mapping string
}

// Operation puts one object into an index, or takes it out.
type Operation struct {
	// Version is the external version: that of the catalogue at the last change
	// of anything that the document shows, or at its deletion.
	Version int64
	Noun    *storage.Noun
	ID      string
	// Document is what to index; nil takes the object out.
	Document *storage.Document
	// ObjectVersion is the object's own version, which its ETag shows
	// (storage.Object.Version). A deletion has none.
	ObjectVersion int64
}

// Refusal is an operation that an index did not take.
type Refusal struct {
	Operation
	// Reason is the engine's, for people.
	Reason string
	// Retryable says that the engine was the cause (429, 503, a block for want of
	// disk), not the document: the same operation may be taken later.
	Retryable bool
}

// Indexed reports whether objects of the noun are kept in search indices: what
// is searched, and what searched objects refer to, so that an unknown genre or
// person is told from one without films.
func Indexed(n *storage.Noun) bool { return slices.Contains(indexed, n) }

// IndexedNouns lists the nouns that are kept in search indices.
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

// checksumBytes is how much of a SHA-256 is kept: two documents that differ
// share it by chance once in 2^96 pairs.
const checksumBytes = 12

// Checksum identifies the document of an operation: its public JSON without
// the counters (which change without a version), the names that it shows, and
// the object's own version. An index keeps it beside the document, so that the
// two stores can be compared without reading documents. "" for a deletion.
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
			continue // no names and no entry are the same
		}
		b = append(append(b, 0), plural...)
		for _, name := range d.Names[plural] {
			b = append(append(b, 1), name...)
		}
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:checksumBytes])
}
