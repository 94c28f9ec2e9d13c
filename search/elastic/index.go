package elastic

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"marquee/search"
	"marquee/search/elastic/node"
	"marquee/search/elastic/query"
	"marquee/search/regex"
)

//go:embed mapping.json
var mappingFile []byte

// sourceForm changes when Source makes other documents of the same objects.
const sourceForm = "1"

// mapping identifies settings, mapping and documents together.
var mapping = func() string {
	sum := sha256.Sum256(slices.Concat(mappingFile, []byte(sourceForm+"\n"+regex.CanonVersion)))
	return hex.EncodeToString(sum[:8])
}()

// Mapping identifies how this program indexes; see search.Index.
func (c *Client) Mapping() string { return mapping }

// writeSuffix ends the alias that writes go through. Written to by its own
// name, a lost index would be created anew, without mapping; a request that
// requires an alias is refused instead.
const writeSuffix = ".write"

// readAlias is the alias that programs of a mapping search through. Fields that an
// index of another mapping lacks would find nothing, and say nothing; so each
// program's searches fail where the index is not its own, and the stand-in answers.
func (c *Client) readAlias(mapping string) string { return c.alias + "." + mapping }

// CreateIndex makes an empty physical index; one of that name is an error.
func (c *Client) CreateIndex(ctx context.Context, name string) error {
	var definition map[string]jsontext.Value
	err := json.Unmarshal(mappingFile, &definition)
	if err != nil {
		return fmt.Errorf("read the mapping: %w", err)
	}
	meta := fmt.Sprintf(`{"_meta":{"mapping":%q},`, mapping)
	definition["mappings"] = append(jsontext.Value(meta), bytes.TrimPrefix(bytes.TrimSpace(definition["mappings"]), []byte("{"))...)
	if definition["settings"], err = c.settings(definition["settings"]); err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	definition["aliases"] = jsontext.Value(fmt.Sprintf(`{%q:{}}`, name+writeSuffix))
	request := esapi.IndicesCreateRequest{Instrument: c.node.Instrument, Index: name, Body: query.Body(definition), WaitForActiveShards: "1"}
	if err := c.node.Call(ctx, writeTimeout, request, nil); err != nil {
		return fmt.Errorf("create index %s: %w", name, err)
	}
	return nil
}

// settings are those of an index, with how it is spread over the cluster. Copies
// are as many as there are nodes for, so that a small cluster lacks none.
func (c *Client) settings(fixed jsontext.Value) (jsontext.Value, error) {
	var all map[string]jsontext.Value
	if err := json.Unmarshal(fixed, &all); err != nil {
		return nil, err
	}
	all["number_of_shards"] = query.Encode(c.shards)
	all["auto_expand_replicas"] = query.Encode(fmt.Sprintf("0-%d", c.replicas))
	return query.Encode(all), nil
}

// DeleteIndex removes a physical index; that it does not exist is no error.
func (c *Client) DeleteIndex(ctx context.Context, name string) error {
	ignore := true
	err := c.node.Call(ctx, writeTimeout, esapi.IndicesDeleteRequest{Instrument: c.node.Instrument, Index: []string{name}, IgnoreUnavailable: &ignore}, nil)
	if err != nil && !node.NoSuchIndex(err) {
		return fmt.Errorf("delete index %s: %w", name, err)
	}
	return nil
}

// noIndex replaces the error of a physical index that is not there.
func noIndex(err error) error {
	if node.NoSuchIndex(err) {
		return search.ErrNoIndex
	}
	return err
}

// Indices lists the physical indices of the alias's name, by name.
func (c *Client) Indices(ctx context.Context) ([]search.Physical, error) {
	var answer map[string]struct {
		Mappings struct {
			Meta struct {
				Mapping string `json:"mapping"`
			} `json:"_meta"`
		} `json:"mappings"`
	}
	request := esapi.IndicesGetMappingRequest{Instrument: c.node.Instrument, Index: []string{c.alias + "-*"}, FilterPath: []string{"*.mappings._meta"}}
	if err := c.node.Call(ctx, writeTimeout, request, &answer); err != nil {
		return nil, fmt.Errorf("list indices: %w", err)
	}
	out := []search.Physical{}
	for name, a := range answer {
		out = append(out, search.Physical{Name: name, Mapping: a.Mappings.Meta.Mapping})
	}
	slices.SortFunc(out, func(a, b search.Physical) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Alias is the physical index that searches go to, "" when there is none.
func (c *Client) Alias(ctx context.Context) (string, error) {
	var answer map[string]jsontext.Value
	err := c.node.Call(ctx, writeTimeout, esapi.IndicesGetAliasRequest{Instrument: c.node.Instrument, Name: []string{c.alias}}, &answer)
	if node.NotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read alias %s: %w", c.alias, err)
	}
	for name := range answer {
		return name, nil
	}
	return "", nil
}

// SwapAlias points searches to another physical index, atomically.
func (c *Client) SwapAlias(ctx context.Context, to string) error {
	all, err := c.Indices(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(p search.Physical) bool { return p.Name == to })
	if i < 0 {
		return fmt.Errorf("point %s to %s: %w", c.alias, to, search.ErrNoIndex)
	}
	actions := []query.Object{
		{"remove": query.Object{"index": c.alias + "-*", "aliases": []string{c.alias, c.readAlias("*")}, "must_exist": false}},
		{"add": query.Object{"index": to, "aliases": []string{c.alias, c.readAlias(all[i].Mapping)}}},
	}
	request := esapi.IndicesUpdateAliasesRequest{Instrument: c.node.Instrument, Body: query.Body(query.Object{"actions": actions})}
	if err := c.node.Call(ctx, writeTimeout, request, nil); err != nil {
		return fmt.Errorf("point %s to %s: %w", c.alias, to, noIndex(err))
	}
	return nil
}

// Refresh makes everything that was applied visible to searches and Scan.
func (c *Client) Refresh(ctx context.Context, index string) error {
	if err := c.node.Call(ctx, writeTimeout, esapi.IndicesRefreshRequest{Instrument: c.node.Instrument, Index: []string{index}}, nil); err != nil {
		return fmt.Errorf("refresh %s: %w", index, noIndex(err))
	}
	return nil
}
