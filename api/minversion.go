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

// DefaultVersionWait is how long a read waits for the version that it asks for:
// longer than any healthy part of the catalogue lags behind.
const DefaultVersionWait = 2 * time.Second

// minVersionForm is a version of the catalogue. What no version will ever be is far
// ahead of the catalogue, and well-formed.
var minVersionForm = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,99})$`)

// awaitVersion holds a read back until the catalogue has the version that
// Min-Version asks for, so that a writer who takes the Catalogue-Version of its
// answer along reads its own write from whatever process it reaches. A search
// index that lags is the engine's own matter: it is told the version.
func (a *API) awaitVersion(c *call) error {
	values := c.r.Header["Min-Version"]
	if len(values) == 0 || c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		return nil
	}
	if len(values) > 1 || !minVersionForm.MatchString(values[0]) {
		return problem.Invalid(problem.InvalidHeader, []storage.Fault{{
			Parameter: "Min-Version", Value: storage.Excerpt(strings.Join(values, ", ")),
			Reason: "must be one version, as a Catalogue-Version header gives it: a whole number",
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
	p := problem.New(problem.Unavailable, "the catalogue is at version %d, %s behind the Min-Version asked for; try again", at, lag)
	p.CallerFault = a.config.Freshness != nil && a.config.Freshness.Current() // the log is read: nobody was ever told of that version
	return p
}
