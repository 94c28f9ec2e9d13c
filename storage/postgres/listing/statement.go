package listing

import (
	"fmt"
	"strings"
)

// Statement collects the conditions of a query and its arguments.
type Statement struct {
	where []string
	// Args are the values of the placeholders.
	Args []any
}

// Arg adds an argument and returns its placeholder.
func (st *Statement) Arg(v any) string {
	st.Args = append(st.Args, v)
	return fmt.Sprintf("$%d", len(st.Args))
}

// and adds a condition.
func (st *Statement) and(format string, args ...any) {
	st.where = append(st.where, fmt.Sprintf(format, args...))
}

// filter is the WHERE clause so far.
func (st *Statement) filter() string {
	if len(st.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(st.where, " AND ")
}
