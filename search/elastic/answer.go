package elastic

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/search"
	"marquee/search/elastic/document"
	"marquee/search/elastic/query"
	"marquee/storage"
)

// answer is the answer to a search.
type answer struct {
	PIT  string `json:"pit_id"`
	Hits struct {
		Total struct {
			Value int `json:"value"`
		} `json:"total"`
		Hits []hit `json:"hits"`
	} `json:"hits"`
	Facets map[string]facetAnswer `json:"aggregations"`
}

type hit struct {
	ID     string            `json:"_id"`
	Source document.Document `json:"_source"`
	// Sort is an array: the key, a unique tie, and at a point in time a third value. None
	// of them has a comma in it.
	Sort jsontext.Value `json:"sort"`
}

// id returns the object's id within its noun.
func (h *hit) id() string {
	_, id := document.FromKey(h.ID)
	return id
}

// key returns the first sort value.
func (h *hit) key() []byte {
	first, _, _ := bytes.Cut(bytes.Trim(h.Sort, "[]"), []byte(","))
	return first
}

// errOrder is an answer without the sort values that the search asked for.
var errOrder = errors.New("elastic: a hit has no readable sort values")

// position returns the position of a hit in the order of the search.
func (h *hit) position(order storage.Order) (*storage.Position, error) {
	key, err := sortKey(order, string(h.key()))
	if err != nil {
		return nil, errOrder
	}
	return &storage.Position{ID: h.id(), Key: key}, nil
}

// sortKey reads a key of an order from JSON.
func sortKey(order storage.Order, raw string) (key storage.Key, err error) {
	switch {
	case query.ByRelevance(order):
		var score float64
		score, err = strconv.ParseFloat(raw, 64)
		key = storage.Key{Number: int64(math.Float64bits(score)), Text: search.IndexRanking}
	case order.Sort.Kind == storage.Text:
		key.Text, err = document.DecodeText(strings.Trim(raw, `"`))
	default:
		key.Number, err = strconv.ParseInt(raw, 10, 64)
	}
	return key, err
}

// after is the inverse of position: it returns the sort values of a position.
func after(n *storage.Noun, order storage.Order, p *storage.Position) jsontext.Value {
	j := query.JSON("[")
	switch {
	case query.ByRelevance(order):
		j = j.Float(score(p.Key.Number))
	case order.Sort.Kind == storage.Text:
		j = j.Text(document.EncodeText(p.Key.Text))
	default:
		j = j.Int(p.Key.Number)
	}
	if document.Numbered(n) {
		j = j.Open(p.ID)
	} else {
		j = j.Text(p.ID)
	}
	return j.Close("]").Complete()
}

// score reads the score of a position. A score that no search can have returned,
// such as from a forged cursor, comes before everything.
func score(bits int64) float64 {
	f := math.Float64frombits(uint64(bits))
	if math.IsNaN(f) || f < 0 || f > math.MaxFloat32 {
		return math.MaxFloat32
	}
	return f
}

// sorted makes the sort clause of an order: its key, then the id, so that no two
// objects are equal and a page is the same on every replica.
func sorted(n *storage.Noun, order storage.Order) string {
	direction, tie := "asc", "id"
	if document.Numbered(n) {
		tie = "number"
	}
	if query.ByRelevance(order) {
		return `[{"_score":"desc"},{"` + tie + `":"asc"}]`
	}
	if order.Descending {
		direction = "desc"
	}
	return `[{"sort.` + order.Sort.Column(order.Descending) + `":"` + direction + `"},{"` + tie + `":"` + direction + `"}]`
}

// trim cuts off the hit after a page, and reports whether there was one.
func trim(hits []hit, limit int) (page []hit, more bool) {
	if len(hits) > limit {
		return hits[:limit], true
	}
	return hits, false
}
