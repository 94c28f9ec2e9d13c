package elastic

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/search"
	"marquee/search/elastic/query"
	"marquee/storage"
)

// answer is what a search returns.
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
	ID      string           `json:"_id"`
	Version int64            `json:"_version"`
	Source  source           `json:"_source"`
	Sort    []jsontext.Value `json:"sort"`
	Fields  struct {
		Checksum []string `json:"checksum"`
	} `json:"fields"`
}

// source is what is read back of a document; see Source.
type source struct {
	Object   jsontext.Value `json:"object"`
	Version  int64          `json:"version"`
	Modified *int64         `json:"modified"`
	Names    []string       `json:"names"`
	// Sort holds the keys by column.
	Sort map[string]jsontext.Value `json:"sort"`
}

func (s *source) object(n *storage.Noun, id string) storage.Object {
	o := storage.Object{Noun: n, ID: id, Version: s.Version, Body: s.Object}
	if s.Modified != nil {
		o.Modified = time.Unix(*s.Modified, 0).UTC()
	}
	return o
}

// values are the searched values of the document, in the order of
// storage.Document.SearchedValues.
func (s *source) values(n *storage.Noun) ([]string, error) {
	var fields map[string]any
	if err := json.Unmarshal(s.Object, &fields); err != nil {
		return nil, fmt.Errorf("read an indexed %s: %w", n.Name, err)
	}
	var values []string
	for _, f := range n.Searched {
		if v, ok := fields[f].(string); ok {
			values = append(values, v)
		}
	}
	return append(values, s.Names...), nil
}

// id is the object's id within its noun.
func (h *hit) id() string {
	_, id, _ := strings.Cut(h.ID, ":")
	return id
}

// errOrder is an answer whose sort values are not those that were asked for.
var errOrder = errors.New("elastic: a hit has no readable sort values")

// position is the place of a hit in the order that it was asked for in.
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
		text, err := sortable.DecodeString(strings.Trim(first, `"`))
		if err != nil {
			return nil, errOrder
		}
		p.Key.Text = string(text)
	default:
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return nil, errOrder
		}
		p.Key.Number = n
	}
	return p, nil
}

// after is the inverse of position: the sort values of the object there.
func after(n *storage.Noun, order storage.Order, p *storage.Position) []jsontext.Value {
	var first []byte
	switch {
	case query.ByRelevance(order):
		first = strconv.AppendFloat(nil, score(p.Key.Number), 'g', -1, 64)
	case order.Sort.Kind == storage.Text:
		first = []byte(`"` + sortable.EncodeToString([]byte(p.Key.Text)) + `"`)
	default:
		first = strconv.AppendInt(nil, p.Key.Number, 10)
	}
	if numbered(n) {
		return []jsontext.Value{first, jsontext.Value(p.ID)}
	}
	return []jsontext.Value{first, jsontext.Value(strconv.Quote(p.ID))}
}

// score reads the score out of a position. One that no search has given, which
// a forged cursor may hold, stands before everything.
func score(bits int64) float64 {
	f := math.Float64frombits(uint64(bits))
	if math.IsNaN(f) || f < 0 || f > math.MaxFloat32 {
		return math.MaxFloat32
	}
	return f
}

// sorted is the sort clause of an order: its key, then the id, so that no two
// objects are equal and a page is the same on every replica.
func sorted(n *storage.Noun, order storage.Order) []query.Object {
	direction, tie := "asc", "id"
	if numbered(n) {
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

// trim cuts what follows a page off.
func trim(hits []hit, limit int) (page []hit, more bool) {
	if len(hits) > limit {
		return hits[:limit], true
	}
	return hits, false
}
