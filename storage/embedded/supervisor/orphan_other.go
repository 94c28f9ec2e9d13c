//go:build unix && !linux

package supervisor

import "time"

// inheritedPath has no equivalent here: the server's user must be able to enter the parents of the data directory.
const inheritedPath = "."

func adoptOrphans() error { return nil }

func killOrphans(time.Duration) {}
