package physical

import (
	"context"
	"fmt"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/go-json-experiment/json/jsontext"

	"marquee/search/elastic/document"
	"marquee/search/elastic/node"
	"marquee/search/elastic/query"
)

// scanPage is how many objects a request of a scan reads: Elasticsearch's
// largest page.
const scanPage = 10_000

// scanned is the answer to a request of a scan.
type scanned struct {
	Hits struct {
		Hits []struct {
			ID      string         `json:"_id"`
			Version int64          `json:"_version"`
			Sort    jsontext.Value `json:"sort"`
			Fields  struct {
				Checksum []string `json:"checksum"`
			} `json:"fields"`
		} `json:"hits"`
	} `json:"hits"`
}

// Scan visits every visible object of a physical index at one point in time, in no
// order; see search.Index.
func (x *Store) Scan(ctx context.Context, index string, visit func(noun, id string, version int64, checksum string) error) error {
	pit, err := x.node.OpenPIT(ctx, timeout, index, "")
	if err != nil {
		return fmt.Errorf("scan %s: %w", index, noIndex(err))
	}
	defer func() { x.node.ClosePIT(context.WithoutCancel(ctx), timeout, pit) }()
	var after jsontext.Value
	for {
		request := query.JSON(nil).Open(`{"size":`).Int(scanPage).Open(`"_source":false,"version":true,"docvalue_fields":["checksum"],"track_total_hits":false,`,
			`"sort":["_shard_doc"],"pit":{"id":`).Text(pit).Open(`"keep_alive":"`, node.KeepAlive, `"},`)
		if after != nil {
			request = request.Open(`"search_after":`).Value(after)
		}
		var a scanned
		if err := x.node.Call(ctx, timeout, esapi.SearchRequest{Instrument: x.node.Instrument, Body: request.Close("}").Body()}, &a); err != nil {
			return fmt.Errorf("scan %s: %w", index, err)
		}
		for i := range a.Hits.Hits {
			h := &a.Hits.Hits[i]
			noun, id := document.FromKey(h.ID)
			if err := visit(noun, id, h.Version, strings.Join(h.Fields.Checksum, "")); err != nil {
				return err
			}
			after = h.Sort
		}
		if len(a.Hits.Hits) < scanPage {
			return nil
		}
	}
}
