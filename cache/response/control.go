package response

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// controlHeader is the name of the header that limits other caches.
const controlHeader = "Cache-Control"

// transit is how long an answer may be on its way. Other caches count the seconds from
// when they get it, and some of them from the end of that second.
const transit = 250 * time.Millisecond

// limited is a Cache-Control for the time that is left in whole seconds.
type limited struct {
	seconds int64
	values  []string
}

// Limit changes the Cache-Control of an answer, so that no other cache uses it when the time
// that is left is over.
func Limit(header http.Header, left time.Duration) {
	if control := header[controlHeader]; control != nil {
		header[controlHeader] = []string{limitControl(control[0], wholeSeconds(left))}
	}
}

// wholeSeconds is how many seconds other caches may count of the time that is left.
func wholeSeconds(left time.Duration) int64 { return int64(max(0, max(0, left)-transit) / time.Second) }

// limit is Limit for the header of a reply. The value is made once for each second.
func (p *Response) limit(header http.Header, left time.Duration) {
	control := header[controlHeader]
	if control == nil {
		return
	}
	seconds := wholeSeconds(left)
	l := p.limited.Load()
	if l == nil || l.seconds != seconds {
		l = &limited{seconds, []string{limitControl(control[0], seconds)}}
		p.limited.Store(l)
	}
	header[controlHeader] = l.values
}

// limitControl returns a Cache-Control whose lifetimes end within a number of seconds, and
// so do the times after them in which a stale response may be used (RFC 5861). If nothing
// is left of those, a stale response must not be used (must-revalidate): a cache that
// cannot reach the server might use it otherwise.
func limitControl(control string, seconds int64) string {
	directives := strings.Split(control, ", ")
	fresh := int64(0) // the longest lifetime
	for _, d := range directives {
		if name, n, ok := lifetime(d); ok && !strings.HasPrefix(name, stalePrefix) {
			fresh = max(fresh, min(n, seconds))
		}
	}
	var within []string
	limited, stale := false, false
	for _, d := range directives {
		name, n, ok := lifetime(d)
		isStale, most := strings.HasPrefix(name, stalePrefix), seconds
		if isStale {
			most -= fresh
		}
		if ok && n > most {
			limited = true
			if isStale && most == 0 {
				continue
			}
			d = name + "=" + strconv.FormatInt(most, 10)
		}
		stale = stale || isStale
		within = append(within, d)
	}
	if limited && !stale && !slices.Contains(within, mustRevalidate) {
		within = append(within, mustRevalidate)
	}
	return strings.Join(within, ", ")
}

const (
	stalePrefix    = "stale-"
	mustRevalidate = "must-revalidate"
)

// lifetime returns the name and the seconds of a directive that has seconds.
func lifetime(directive string) (name string, seconds int64, ok bool) {
	name, value, _ := strings.Cut(directive, "=")
	seconds, err := strconv.ParseInt(value, 10, 64)
	return name, seconds, err == nil
}
