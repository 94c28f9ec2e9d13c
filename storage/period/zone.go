package period

import (
	_ "embed"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // for machines without time zones, such as a container without files
)

// zones.txt has the names of time zones in the IANA database, links included. The file
// of a name alone would not do: "Local", "posixrules" and "right/UTC" have one, too, and
// on some systems "europe/berlin".
//
//go:embed zones.txt
var zoneList string

var (
	zoneNames = strings.Fields(zoneList)
	zones     = func() map[string]bool {
		names := map[string]bool{}
		for _, name := range zoneNames {
			names[name] = true
		}
		return names
	}()
)

// loaded has the zones in use, at most one for each name in zones.
var loaded sync.Map // of string to *time.Location

// Zone returns the time zone with a name of the IANA database, such as Europe/Berlin. ok
// is false for any other name. Case counts.
func Zone(name string) (zone *time.Location, ok bool) {
	if !zones[name] {
		return nil, false
	}
	if known, ok := loaded.Load(name); ok {
		zone, ok = known.(*time.Location)
		return zone, ok
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	loaded.Store(name, zone)
	return zone, true
}

// instant returns the first instant at which the clock of a zone has reached a civil
// time. A time that a change of the clock leaves out is the first instant after the
// change, and one that happens twice is the first. The civil time has the zone UTC.
func instant(civil time.Time, zone *time.Location) time.Time {
	// No zone differs from UTC by a day, so its clock has not reached the time yet.
	at := civil.Add(-24 * time.Hour).In(zone)
	for {
		_, offset := at.Zone()
		reached := civil.Add(-time.Duration(offset) * time.Second)
		if !reached.After(at) { // the change to this offset has left the time out
			return at.UTC()
		}
		change, ok := nextChange(at)
		if !ok || reached.Before(change) {
			return reached
		}
		at = change
	}
}

// nextChange returns an instant after at, up to which the offset of its zone stays the
// same. ok is false when it does so for ever. On the last day of leap years, ZoneBounds of
// Go 1.26 returns an end that is not after at, because it counts 365 days for each year
// that follows the zone's last rule. No zone changes its clock on that day.
func nextChange(at time.Time) (change time.Time, ok bool) {
	_, change = at.ZoneBounds()
	if !change.IsZero() && !change.After(at) {
		change = at.Add(time.Hour)
	}
	return change, !change.IsZero()
}
