package regex

import (
	"strconv"
	"strings"
)

// Left returns the number of units that remain, at least zero.
func (b *Budget) Left() int64 { return max(b.left.Load(), 0) }

// String writes the formula as "STAR" & ("TREK" | "WARS").
func (f Formula) String() string {
	switch f.Op {
	case All:
		return "all"
	case None:
		return "none"
	case Literal:
		return strconv.Quote(f.Text)
	}
	parts := make([]string, len(f.Of))
	for i, g := range f.Of {
		parts[i] = g.String()
		if g.Op == And || g.Op == Or {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	if f.Op == And {
		return strings.Join(parts, " & ")
	}
	return strings.Join(parts, " | ")
}
