package api

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"marquee/storage"
)

const (
	// DefaultVersionWait is how long a read waits for the version that it asks
	// for: longer than any healthy part of the catalogue lags behind.
	DefaultVersionWait = 2 * time.Second
	// versionPause is the time between two looks at the version meanwhile.
	versionPause = 25 * time.Millisecond
)

// minVersionForm is a version of the catalogue: a whole number that fits.
var minVersionForm = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,17})$`)

// awaitVersion holds a read back until the catalogue has the version that
// Min-Version asks for, so that a writer who takes the Catalogue-Version of its
// answer along reads its own write from whatever process it reaches.
func (a *API) awaitVersion(c *call) error {
	values := c.r.Header["Min-Version"]
	if len(values) == 0 || c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		return nil
	}
	if len(values) > 1 || !minVersionForm.MatchString(values[0]) {
		return invalid(invalidHeader, []storage.Fault{{
			Parameter: "Min-Version", Value: storage.Excerpt(strings.Join(values, ", ")),
			Reason: "must be one version, as a Catalogue-Version header gives it: a whole number",
		}})
	}
	wanted, _ := strconv.ParseInt(values[0], 10, 64) // its form is that of a number that fits
	ctx, cancel := context.WithTimeout(c.ctx, a.versionWait)
	defer cancel()
	tick := time.NewTicker(versionPause)
	defer tick.Stop()
	for at := int64(0); ; {
		version, err := a.catalogue.Version(ctx)
		switch {
		case err == nil && version >= wanted:
			return nil
		case err == nil:
			at = version
		case ctx.Err() == nil:
			return err
		}
		select {
		case <-ctx.Done():
			return problemf(unavailable, "the catalogue is at version %d, %d behind the Min-Version asked for; try again", at, wanted-at)
		case <-tick.C:
		}
	}
}
