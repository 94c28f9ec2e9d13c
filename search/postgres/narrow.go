package postgres

import (
	"strings"

	"marquee/search/regex"
	"marquee/storage/postgres"
)

// contains narrows to the objects whose text satisfies what an expression
// requires. LIKE over the trigram index does it; the expression itself never
// comes here.
func contains(f regex.Formula) postgres.Clause {
	return func(arg func(any) string) string { return formula(f, arg) }
}

func formula(f regex.Formula, arg func(any) string) string {
	switch f.Op {
	case regex.All:
		return "true"
	case regex.None:
		return "false"
	case regex.Literal:
		return "t.canon LIKE " + arg("%"+likeEscapes.Replace(f.Text)+"%")
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

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
