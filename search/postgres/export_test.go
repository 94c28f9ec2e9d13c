package postgres

// RankFew makes the engine rank only few matches, as it ranks those of broad searches.
func RankFew(e *Engine, few int) *Engine {
	e.ranked = few
	return e
}

// SetFew sets the number of objects above which a page is read in the order of an index.
func (e *Engine) SetFew(n int) { e.few = n }
