package postgres

import (
	"strings"
	"unicode/utf8"

	"marquee/search/regex"
	"marquee/storage/postgres/listing"
)

// trigram is the length in runes from which the index of canon finds a text.
const trigram = 3

// scanned selects the objects with a text by reading the values. It is exact.
func scanned(text *regex.Plain) listing.Clause {
	return func(arg func(any) string) string {
		if text.Fold {
			return like("canon", text.Needle(), arg)
		}
		return like("raw", text.Needle(), arg)
	}
}

// lookedUp is scanned by means of the index of canon, which costs more where most objects have
// the text.
func lookedUp(text *regex.Plain) listing.Clause {
	canon := regex.Canon(text.Needle())
	if text.Fold || utf8.RuneCountInString(canon) < trigram {
		return scanned(text)
	}
	return func(arg func(any) string) string {
		return like("canon", canon, arg) + " AND " + scanned(text)(arg)
	}
}

// contains narrows to objects whose text satisfies the formula that an expression
// requires, by LIKE over the trigram index. PostgreSQL never gets the expression.
func contains(f regex.Formula) listing.Clause {
	return func(arg func(any) string) string { return formula(f, arg) }
}

func formula(f regex.Formula, arg func(any) string) string {
	switch f.Op {
	case regex.All:
		return "true"
	case regex.None:
		return "false"
	case regex.Literal:
		return like("canon", f.Text, arg)
	}
	parts := make([]string, len(f.Of))
	for i, g := range f.Of {
		parts[i] = formula(g, arg)
	}
	joint := " AND "
	if f.Op == regex.Or {
		joint = " OR "
	}
	return "(" + strings.Join(parts, joint) + ")"
}

// like writes the condition that a column contains a text.
func like(column, text string, arg func(any) string) string {
	return "x." + column + " LIKE " + arg("%"+likeEscapes.Replace(text)+"%")
}

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
