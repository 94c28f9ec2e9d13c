package searched

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

// NamedMark begins the lexeme that says that a term is in the label or a name, so that
// these objects are found without reading others that have the term.
const NamedMark = "#"

// PostgreSQL refuses more than these.
const (
	maxLexeme    = 2046 // bytes
	maxPositions = 255  // of a lexeme
	maxPosition  = 1<<14 - 1
	maxVector    = 1<<20 - 1 // bytes of lexemes and positions
)

// The first positions of the label, the names and the other text. No phrase matches
// across two of them. Forms and kinds have the position maxPosition.
const (
	labelStart = 1
	namesStart = 1001
	textStart  = 4001
	// namesGap is the distance of the last word of a name to the first of the next.
	namesGap = 2
)

// Vector returns the column terms of a document with these terms. It has no lexemes that
// PostgreSQL would refuse.
func Vector(t *storage.Terms) pgtype.TSVector {
	v := vector{}
	v.run(t.Label, labelStart, pgtype.TSVectorWeightA)
	position := namesStart
	for _, name := range t.Names {
		v.run(name, position, pgtype.TSVectorWeightB)
		position += len(name) - 1 + namesGap
	}
	v.run(t.Text, textStart, pgtype.TSVectorWeightC)
	v.forms(t.LabelForms, pgtype.TSVectorWeightA)
	v.forms(t.NameForms, pgtype.TSVectorWeightB)
	v.forms(t.TextForms, pgtype.TSVectorWeightC)
	v.forms(t.Kinds, pgtype.TSVectorWeightD)
	for _, list := range append([][]string{t.Label, t.LabelForms, t.NameForms}, t.Names...) {
		v.bare(NamedMark, list)
	}
	v.bare(storage.WordMark, t.Words)
	v.bare("", t.Flags)
	return v.tsvector()
}

// IsCounted reports whether the vocabulary counts a lexeme: the terms and words of
// storage.Terms.Distinct.
func IsCounted(lexeme string) bool {
	return !strings.HasPrefix(lexeme, NamedMark) && !strings.Contains(lexeme, storage.FlagMark)
}

// vector has the positions of each lexeme.
type vector map[string][]pgtype.TSVectorPosition

// run adds terms at successive positions.
func (v vector) run(terms []string, first int, weight pgtype.TSVectorWeight) {
	for i, term := range terms {
		v.add(term, first+i, weight)
	}
}

// forms adds terms without a place.
func (v vector) forms(terms []string, weight pgtype.TSVectorWeight) {
	for _, term := range terms {
		v.add(term, maxPosition, weight)
	}
}

// bare adds lexemes without positions.
func (v vector) bare(mark string, terms []string) {
	for _, term := range terms {
		if _, ok := v[mark+term]; !ok {
			v[mark+term] = nil
		}
	}
}

// add adds a position after the earlier ones. Positions that PostgreSQL does not store
// are left out.
func (v vector) add(term string, position int, weight pgtype.TSVectorWeight) {
	p := pgtype.TSVectorPosition{Position: uint16(min(position, maxPosition)), Weight: weight}
	all := v[term]
	if n := len(all); n == maxPositions || n > 0 && all[n-1].Position >= p.Position {
		return
	}
	v[term] = append(all, p)
}

// tsvector returns the lexemes in PostgreSQL's order, as many as fit.
func (v vector) tsvector() pgtype.TSVector {
	out := pgtype.TSVector{Lexemes: []pgtype.TSVectorLexeme{}, Valid: true}
	bytes := 0
	for _, word := range slices.Sorted(maps.Keys(v)) {
		size := len(word) + 1 + 2 + 2*len(v[word]) // with padding and the number of positions
		if !valid(word) || bytes+size > maxVector {
			continue
		}
		bytes += size
		out.Lexemes = append(out.Lexemes, pgtype.TSVectorLexeme{Word: word, Positions: v[word]})
	}
	return out
}

// valid reports whether PostgreSQL takes a lexeme.
func valid(word string) bool {
	return word != "" && len(word) <= maxLexeme && utf8.ValidString(word) && !strings.Contains(word, "\x00")
}
