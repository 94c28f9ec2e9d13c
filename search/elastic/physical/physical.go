// Package physical writes physical indices in Elasticsearch, and moves the alias that
// searches go to.
//
// All nouns share one index. So an alias is swapped for all of them at once, one
// checkpoint holds for all, and the search that filters by a genre or person also
// finds out whether it exists.
package physical

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"marquee/search"
	"marquee/search/elastic/node"
	"marquee/search/elastic/query"
	"marquee/search/regex"
	"marquee/search/text"
)

// timeout is for a bulk request of bulkBytes on a busy cluster (0.3 s on an idle one),
// and for creating an index.
const timeout = 60 * time.Second

var _ search.Index = (*Store)(nil)

// Store writes the physical indices of one alias. It is safe for concurrent use.
type Store struct {
	node  *node.Client
	alias string
	// shards and replicas are for new indices.
	shards, replicas int
}

// New makes the Store of an alias. New indices get a number of shards, and at most a
// number of replicas.
func New(n *node.Client, alias string, shards, replicas int) *Store {
	return &Store{node: n, alias: alias, shards: shards, replicas: replicas}
}

//go:embed mapping.json
var mappingFile []byte

// documentForm changes when document.Encode makes other documents of the same objects.
const documentForm = "3"

// mapping identifies settings, mapping and documents together.
var mapping = func() string {
	sum := sha256.Sum256(slices.Concat(mappingFile, []byte(documentForm+"\n"+text.Analysis{}.Form()+"\n"+regex.CanonVersion)))
	return hex.EncodeToString(sum[:8])
}()

// Mapping identifies how this program indexes documents; see search.Index.
func (x *Store) Mapping() string { return mapping }

// writeSuffix ends the alias that writes go through. A write to a lost index by its own
// name would create it again, without mapping. A write that requires an alias is
// refused.
const writeSuffix = ".write"

// ReadAlias returns the alias that this program's searches go to. It has the mapping in
// its name, because a search for fields that an index of another mapping lacks finds
// nothing, without an error. So searches fail if the index is not of the program's own
// mapping, and the fallback answers.
func (x *Store) ReadAlias() string { return x.readAlias(mapping) }

func (x *Store) readAlias(mapping string) string { return x.alias + "." + mapping }

// CreateIndex makes an empty physical index; one of that name is an error. It has as many
// replicas as there are nodes for them, so that a small cluster lacks none.
func (x *Store) CreateIndex(ctx context.Context, name string) error {
	var fixed struct {
		Settings jsontext.Value `json:"settings"`
		Mappings jsontext.Value `json:"mappings"`
	}
	if err := json.Unmarshal(mappingFile, &fixed); err != nil {
		return fmt.Errorf("read the mapping: %w", err)
	}
	body := fmt.Appendf(nil, `{"aliases":{%q:{}},"settings":{"number_of_shards":%d,"auto_expand_replicas":"0-%d",%s,"mappings":{"_meta":{"mapping":%q},%s}`,
		name+writeSuffix, x.shards, x.replicas, fixed.Settings[1:], mapping, fixed.Mappings[1:])
	request := esapi.IndicesCreateRequest{Instrument: x.node.Instrument, Index: name, Body: bytes.NewReader(body), WaitForActiveShards: "1"}
	if err := x.node.Call(ctx, timeout, request, nil); err != nil {
		return fmt.Errorf("create index %s: %w", name, err)
	}
	return nil
}

// DeleteIndex removes a physical index. It is no error if it does not exist.
func (x *Store) DeleteIndex(ctx context.Context, name string) error {
	ignore := true
	err := x.node.Call(ctx, timeout, esapi.IndicesDeleteRequest{Instrument: x.node.Instrument, Index: []string{name}, IgnoreUnavailable: &ignore}, nil)
	if err != nil && !node.NoSuchIndex(err) {
		return fmt.Errorf("delete index %s: %w", name, err)
	}
	return nil
}

// noIndex replaces the error of a physical index that does not exist.
func noIndex(err error) error {
	if node.NoSuchIndex(err) {
		return search.ErrNoIndex
	}
	return err
}

// Indices lists the physical indices whose names begin with the alias, by name.
func (x *Store) Indices(ctx context.Context) ([]search.Physical, error) {
	var answer map[string]struct {
		Mappings struct {
			Meta struct {
				Mapping string `json:"mapping"`
			} `json:"_meta"`
		} `json:"mappings"`
	}
	request := esapi.IndicesGetMappingRequest{Instrument: x.node.Instrument, Index: []string{x.alias + "-*"}, FilterPath: []string{"*.mappings._meta"}}
	if err := x.node.Call(ctx, timeout, request, &answer); err != nil {
		return nil, fmt.Errorf("list indices: %w", err)
	}
	out := []search.Physical{}
	for name, a := range answer {
		out = append(out, search.Physical{Name: name, Mapping: a.Mappings.Meta.Mapping})
	}
	slices.SortFunc(out, func(a, b search.Physical) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Alias returns the physical index that searches go to, "" if there is none.
func (x *Store) Alias(ctx context.Context) (string, error) {
	var answer map[string]jsontext.Value
	err := x.node.Call(ctx, timeout, esapi.IndicesGetAliasRequest{Instrument: x.node.Instrument, Name: []string{x.alias}}, &answer)
	if node.NotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read alias %s: %w", x.alias, err)
	}
	for name := range answer {
		return name, nil
	}
	return "", nil
}

// SwapAlias moves searches to another physical index, atomically.
func (x *Store) SwapAlias(ctx context.Context, to string) error {
	all, err := x.Indices(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(p search.Physical) bool { return p.Name == to })
	if i < 0 {
		return fmt.Errorf("point %s to %s: %w", x.alias, to, search.ErrNoIndex)
	}
	actions := query.JSON(nil).Open(`{"actions":[{"remove":{"must_exist":false,"index":`).Text(x.alias + "-*").
		Open(`"aliases":`).Texts([]string{x.alias, x.readAlias("*")}).Close(`}}`).
		Open(`{"add":{"index":`).Text(to).Open(`"aliases":`).Texts([]string{x.alias, x.readAlias(all[i].Mapping)}).Close("}}]}")
	request := esapi.IndicesUpdateAliasesRequest{Instrument: x.node.Instrument, Body: actions.Body()}
	if err := x.node.Call(ctx, timeout, request, nil); err != nil {
		return fmt.Errorf("point %s to %s: %w", x.alias, to, noIndex(err))
	}
	return nil
}

// Refresh makes all applied operations visible to searches and Scan.
func (x *Store) Refresh(ctx context.Context, index string) error {
	if err := x.node.Call(ctx, timeout, esapi.IndicesRefreshRequest{Instrument: x.node.Instrument, Index: []string{index}}, nil); err != nil {
		return fmt.Errorf("refresh %s: %w", index, noIndex(err))
	}
	return nil
}

// Merge merges each shard of an index to one segment: a search looks every term up in
// every segment. Elasticsearch goes on with a merge that takes longer than the call.
func (x *Store) Merge(ctx context.Context, index string) error {
	one := 1
	request := esapi.IndicesForcemergeRequest{Instrument: x.node.Instrument, Index: []string{index}, MaxNumSegments: &one}
	if err := x.node.Call(ctx, timeout, request, nil); err != nil {
		return fmt.Errorf("merge %s: %w", index, noIndex(err))
	}
	return nil
}
