package record

import (
	"regexp"

	"marquee/storage"
	"marquee/storage/incoming"
)

// NewSeason begins the record of a season. The sources have no seasons; a season
// exists because an episode names it.
func NewSeason(at incoming.Position, serie, number string) *Record {
	r := New(at, storage.Season, SeasonKey(serie, number))
	r.In.ParentKey = serie
	r.SetNumber("number", number)
	return r
}

// SeasonKey returns the key of a season from the key of its series and its number.
func SeasonKey(serie, number string) string { return serie + "/" + number }

// Ordinal is the form of the number of a season or episode; seasons have it in their key.
var Ordinal = regexp.MustCompile(`^[0-9]{1,6}$`)
