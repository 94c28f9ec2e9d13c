package elastic

import (
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
}

type hit struct {
	ID     string            `json:"_id"`
	Source document.Document `json:"_source"`
	Sort   []jsontext.Value  `json:"sort"`
}

// id returns the object's id within its noun.
func (h *hit) id() string {
	_, id := document.FromKey(h.ID)
	return id
}

// errOrder is an answer without the sort values that the search asked for.
var errOrder = errors.New("elastic: a hit has no readable sort values")

// position returns the position of a hit in the order of the search.
func (h *hit) position(order storage.Order) (*storage.Position, error) {
	if len(h.Sort) < 2 { // at a point in time a third one follows
		return nil, errOrder
	}
	p := &storage.Position{ID: h.id()}
	switch first := string(h.Sort[0]); {
	case query.ByRelevance(order):
		score, err := strconv.ParseFloat(first, 64)
		if err != nil {
			return nil, errOrder
		}
		p.Key = storage.Key{Number: int64(math.Float64bits(score)), Text: search.IndexRanking}
	case order.Sort.Kind == storage.Text:
		text, err := document.DecodeText(strings.Trim(first, `"`))
		if err != nil {
			return nil, errOrder
		}
		p.Key.Text = text
	default:
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return nil, errOrder
		}
		p.Key.Number = n
	}
	return p, nil
}

// after is the inverse of position: it returns the sort values of a position.
func after(n *storage.Noun, order storage.Order, p *storage.Position) []jsontext.Value {
	var first []byte
	switch {
	case query.ByRelevance(order):
		first = strconv.AppendFloat(nil, score(p.Key.Number), 'g', -1, 64)
	case order.Sort.Kind == storage.Text:
		first = []byte(`"` + document.EncodeText(p.Key.Text) + `"`)
	default:
		first = strconv.AppendInt(nil, p.Key.Number, 10)
	}
	if document.Numbered(n) {
		return []jsontext.Value{first, jsontext.Value(p.ID)}
	}
	return []jsontext.Value{first, jsontext.Value(strconv.Quote(p.ID))}
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
func sorted(n *storage.Noun, order storage.Order) []query.Object {
	direction, tie := "asc", "id"
	if document.Numbered(n) {
		tie = "number"
	}
	if query.ByRelevance(order) {
		return []query.Object{{"_score": "desc"}, {tie: "asc"}}
	}
	if order.Descending {
		direction = "desc"
	}
	return []query.Object{{"sort." + order.Sort.Column(order.Descending): direction}, {tie: direction}}
}

// trim cuts off the hit after a page, and reports whether there was one.
func trim(hits []hit, limit int) (page []hit, more bool) {
	if len(hits) > limit {
		return hits[:limit], true
	}
	return hits, false
}
