package postgres

// RankFew makes the engine rank only few matches, as it ranks those of broad searches.
func RankFew(e *Engine, few int) *Engine {
	e.ranked = few
	return e
}
