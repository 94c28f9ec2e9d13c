package search

// ChooserStats count the lists that need an index since the start, by the engine
// that was asked and why.
type ChooserStats struct {
	// Index were left to the index.
	Index uint64
	// Failed went to the fallback because the index failed or its circuit breaker was
	// open, Lagging because the index lacked a change, Continued because the fallback
	// had answered the page before.
	Failed, Lagging, Continued uint64
}

// Stats reads the counters.
func (c *Chooser) Stats() ChooserStats {
	s := c.index.Stats()
	return ChooserStats{Index: s.Preferred, Failed: s.Failed, Lagging: s.Lagging, Continued: c.continued.Load()}
}
