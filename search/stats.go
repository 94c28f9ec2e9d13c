package search

import "sync/atomic"

// ChooserStats count the lists that are the index's business since the start, by
// who was given them.
type ChooserStats struct {
	// Index were left to the index.
	Index int64
	// Failed went to the stand-in because the index failed or was off duty, Behind
	// because it lacked a change, Continued because the stand-in had answered the
	// page before.
	Failed, Behind, Continued int64
}

type chooserCounts struct{ index, failed, behind, continued atomic.Int64 }

// Stats reads the counters.
func (c *Chooser) Stats() ChooserStats {
	s := &c.stats
	return ChooserStats{Index: s.index.Load(), Failed: s.failed.Load(), Behind: s.behind.Load(), Continued: s.continued.Load()}
}
