package tally

// Stats are numbers of Views, for metrics.
type Stats struct {
	// Objects wait with Waiting views to be written.
	Objects int
	Waiting int64
	// Lost views found no room to wait in, since the start.
	Lost int64
}

// Stats reads the numbers. It looks at every object that waits.
func (v *Views) Stats() Stats {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := Stats{Objects: v.objects, Lost: v.lost}
	for _, ids := range v.waiting {
		for _, views := range ids {
			s.Waiting += views
		}
	}
	return s
}
