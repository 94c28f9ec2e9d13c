package api

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"marquee/api/problem"
	"marquee/storage"
)

// Versions returns the version of the catalogue that this process knows.
type Versions interface {
	// Version returns a version that every later read has reached.
	Version() int64
	// Wait returns when the version is reached, or the error of ctx.
	Wait(ctx context.Context, version int64) error
}

// DefaultVersionWait limits how long a read waits for Min-Version. It is longer than the
// lag of any healthy part of the catalogue.
const DefaultVersionWait = 2 * time.Second

// minVersionForm matches a version, also one that is too large for an int64: it is well
// formed, and far ahead of the catalogue.
var minVersionForm = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,99})$`)

// awaitVersion delays a read until this process knows the version of Min-Version. A
// client that sends the Catalogue-Version of its write there reads its own write from
// every process. The search index may lag more: List gets the version in
// Query.AtLeast.
func (a *API) awaitVersion(c *call) error {
	values := c.r.Header["Min-Version"]
	if len(values) == 0 || c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		return nil
	}
	if len(values) > 1 || !minVersionForm.MatchString(values[0]) {
		return problem.Invalid(problem.InvalidHeader, []storage.Fault{{
			Parameter: "Min-Version", Value: storage.Excerpt(strings.Join(values, ", ")),
			Reason: "must be one whole number: the version of a Catalogue-Version header",
		}})
	}
	var tooLarge error
	c.atLeast, tooLarge = strconv.ParseInt(values[0], 10, 64) // math.MaxInt64 when it is larger
	if a.config.Versions.Version() >= c.atLeast {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.ctx, a.config.VersionWait)
	defer cancel()
	if a.config.Versions.Wait(ctx, c.atLeast) == nil {
		return nil
	}
	at := a.config.Versions.Version()
	lag := strconv.FormatInt(c.atLeast-at, 10)
	if tooLarge != nil {
		lag = "more than " + lag
	}
	p := problem.New(problem.Unavailable, "the catalogue is at version %d which lags Min-Version by %s; try again", at, lag)
	p.CallerFault = a.config.Freshness != nil && a.config.Freshness.Current() // the log is current: no write had that version
	return p
}
