package cache

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"marquee/deploy/devstack"
)

// BenchmarkMiss measures misses with Redis until their entries are published. The body
// has 6 KB, like a list of ten films.
func BenchmarkMiss(b *testing.B) {
	body := listOf(10)
	for _, accept := range []string{"", "gzip", "br"} {
		b.Run("accept="+accept, func(b *testing.B) {
			s := newSharingProcess(b, newCatalogue(), devstack.Redis(b), devstack.RedisPrefix(b))
			s.origin.do(func(w http.ResponseWriter, r *http.Request, _ string) { s.origin.answer(w, r, body) })
			n, used := 0, processorTime(b)
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/film%d", n), nil)
				if accept != "" {
					r.Header.Set("Accept-Encoding", accept)
				}
				s.ServeHTTP(&discard{header: http.Header{}}, r)
				n++
				s.events.await(b, SharedWritten, n)
			}
			b.ReportMetric(float64((processorTime(b)-used).Microseconds())/float64(n), "cpu-µs/op")
		})
	}
}

// processorTime is the user and system time of the process.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// listOf returns a text like the JSON of a list of films.
func listOf(films int) string {
	var b strings.Builder
	for n := range films {
		fmt.Fprintf(&b, `{"id":"%d","title":"The %x Man","description":"`, 17*n, 7919*n)
		for word := range 120 {
			fmt.Fprintf(&b, "%x ", (n+3)*(word+5)*7907%4093)
		}
		fmt.Fprintf(&b, `","release_year":%d,"likes":0,"dislikes":0,"views":%d},`, 1900+7*n, n)
	}
	return b.String()
}
