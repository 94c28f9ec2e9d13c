package counter

// Stats are statistics of Views, for metrics.
type Stats struct {
	// Objects is the number of objects with waiting views. Waiting is the number of views.
	Objects int
	Waiting int64
	// Lost is the number of views dropped since the start.
	Lost int64
}

// Stats returns the statistics. It visits every object with waiting views.
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
