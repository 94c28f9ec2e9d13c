package api_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"marquee/api"
	"marquee/storage"
)

// A read waits for Min-Version, and is refused if that version does not come.
func TestMinVersion(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	now := m.Version()
	hasty := *c
	hasty.handler = api.New(api.Config{Catalogue: m, Versions: m, Logger: quiet(), VersionWait: time.Millisecond})
	for _, path := range []string{"/2.0/movies", "/2.0/movies/1", "/2.0/changes"} {
		for _, version := range []int64{0, now} {
			hasty.get(path, "Min-Version", strconv.FormatInt(version, 10)).want(http.StatusOK)
		}
		a := hasty.get(path, "Min-Version", strconv.FormatInt(now+3, 10)).want(http.StatusServiceUnavailable)
		if detail, _ := a.at("detail").(string); !strings.Contains(detail, "lags Min-Version by 3;") {
			t.Errorf("%s: the lag is not named: %s", path, detail)
		}
		for _, far := range []string{"1000000000000000000", "9223372036854775807", "9223372036854775808", strings.Repeat("9", 100)} {
			if a := hasty.get(path, "Min-Version", far).want(http.StatusServiceUnavailable); !strings.Contains(string(a.body), " lags Min-Version by ") {
				t.Errorf("%s: Min-Version %s: got %s, want the lag named", path, far, a.body)
			}
		}
		for _, bad := range []string{"-1", "+1", "01", "00", "1.0", "1e3", "x", "1, 2", strings.Repeat("9", 101)} {
			hasty.get(path, "Min-Version", bad).want(http.StatusBadRequest)
		}
	}
	hasty.get("/livez", "Min-Version", "x").want(http.StatusOK)

	var wg sync.WaitGroup
	wg.Go(func() {
		if a := c.get("/2.0/movies", "Min-Version", strconv.FormatInt(now+1, 10)); a.status != http.StatusOK {
			t.Errorf("the version came, but the answer is %d: %s", a.status, a.body)
		}
	})
	c.post("/2.0/movies", `{"movie":{"title":"Late"}}`)
	wg.Wait()
}

// atLeast is a catalogue that records Query.AtLeast.
type atLeast struct {
	*memory
	asked atomic.Int64
}

func (l *atLeast) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	l.asked.Store(q.AtLeast)
	return l.memory.List(ctx, q)
}

// A list passes Min-Version to the engine, which may lag.
func TestMinVersionReachesTheEngine(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	l := &atLeast{memory: m}
	c.handler = api.New(api.Config{Catalogue: l, Versions: m, Logger: quiet()})
	for _, version := range []int64{3, 0} {
		c.get("/2.0/movies?q=heat", "Min-Version", strconv.FormatInt(version, 10)).want(http.StatusOK)
		if got := l.asked.Load(); got != version {
			t.Errorf("the list is asked for version %d, want %d", got, version)
		}
	}
}
