package storage

// Tail is the end of the change log in a process's memory. storage/tail has it.
type Tail interface {
	// Version is the version up to which every change is known. A read that begins
	// after the call sees this version or a later one.
	Version() int64
	// Required is the version of this process's own last write. It may be higher
	// than Version for a moment.
	Required() int64
	// Between visits the changes after version from, up to version to, until visit
	// returns false. It reports whether all of them are known, and visits none if
	// they are not.
	Between(from, to int64, visit func(*Change) bool) (known bool)
}

// Touched reports whether a change after version from, up to version to, touches
// something. Changes that the tail does not know count as touching.
func Touched(t Tail, from, to int64, touches func(*Change) bool) bool {
	if from >= to {
		return false
	}
	touched := false
	known := t.Between(from, to, func(c *Change) bool {
		touched = touches(c)
		return !touched
	})
	return touched || !known
}

// LastTouch returns the version of the last change after version from, up to
// version to, that touches something. It returns from if none does, and to if the
// tail does not know all of the changes.
func LastTouch(t Tail, from, to int64, touches func(*Change) bool) int64 {
	last := from
	if Touched(t, from, to, func(c *Change) bool {
		if touches(c) {
			last = c.Version
		}
		return false // the next change may touch it as well
	}) {
		return to
	}
	return last
}
