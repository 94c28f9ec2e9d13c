package postgres

// RankFew lowers the number of matches that an engine ranks, so that small lists are broad.
func RankFew(e *Engine, few int) *Engine {
	e.ranked = few
	return e
}

// SetFew sets the number of objects above which a page is read in the order of an index.
func (e *Engine) SetFew(n int) { e.few = n }
