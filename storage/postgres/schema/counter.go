package schema

import (
	"strings"

	"marquee/storage"
)

// CountersTable is the table with the counters of a noun's objects. Objects whose
// counters are all zero need no row in it (docs/decisions/0015).
func CountersTable(n *storage.Noun) string { return n.Name + "_counters" }

// VotesTable is the table with the votes of users for a noun's objects.
func VotesTable(n *storage.Noun) string { return n.Name + "_votes" }

// TextsTable is the table with the searched values of a noun's objects.
func TextsTable(n *storage.Noun) string { return n.Name + "_texts" }

// CounterOf is the SQL expression of a counter of row t.
func CounterOf(n *storage.Noun, field string) string {
	return "coalesce((SELECT c." + field + " FROM " + CountersTable(n) + " c WHERE c.id = t.id), 0)"
}

// selectCounters is the expression of all counters of row t as one array, which
// costs a single lookup. Null stands for zeros.
func (t *Table) selectCounters() string {
	names := make([]string, len(t.Counters))
	for i, f := range t.Counters {
		names[i] = "c." + f.Name
	}
	return "(SELECT ARRAY[" + strings.Join(names, ", ") + "] FROM " + CountersTable(t.Noun) + " c WHERE c.id = t.id)"
}
