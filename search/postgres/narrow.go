package postgres

import (
	"strings"

	"marquee/search/regex"
	"marquee/storage/postgres/listing"
)

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
		return literal(f.Text, arg)
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

// literal returns the condition that a text contains a literal. A text has edges
// between its values, but none before the first and after the last.
func literal(text string, arg func(any) string) string {
	before, after := []string{"%"}, []string{"%"}
	if rest, ok := strings.CutPrefix(text, regex.Edge); ok {
		text, before = rest, []string{"", "%" + regex.Edge}
	}
	if rest, ok := strings.CutSuffix(text, regex.Edge); ok {
		text, after = rest, []string{"", regex.Edge + "%"}
	}
	var likes []string
	for _, a := range before {
		for _, b := range after {
			likes = append(likes, "t.canon LIKE "+arg(a+likeEscapes.Replace(text)+b))
		}
	}
	return "(" + strings.Join(likes, " OR ") + ")"
}

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
