package pool

// Stats are statistics of a pool, for metrics.
type Stats struct {
	// InUse of the Open connections are in use. At most Max are opened.
	InUse, Open, Max int
	// Waits is the number of acquisitions since the start that found no idle
	// connection.
	Waits int64
	// Waited is the total time of all acquisitions since the start, in seconds.
	Waited float64
	// Canceled is the number of acquisitions whose context ended first.
	Canceled int64
	// Opened is the number of connections opened since the start.
	Opened int64
}

// Stats returns the statistics.
func (p *Pool) Stats() Stats {
	s := p.Stat()
	return Stats{
		InUse: int(s.AcquiredConns()), Open: int(s.TotalConns()), Max: int(s.MaxConns()),
		Waits: s.EmptyAcquireCount(), Waited: s.AcquireDuration().Seconds(), Canceled: s.CanceledAcquireCount(),
		Opened: s.NewConnsCount(),
	}
}
