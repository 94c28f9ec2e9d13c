package stream_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// A thousand readers cost a process less than 64 MB, and no read of the log but the one of
// its tail. docs/following.md has the figures.
func TestThousandReaders(t *testing.T) {
	devstack.SkipShort(t, "it opens a thousand connections")
	t.Parallel()
	const readers, writes, most = 1000, 20, 64 << 20
	e := fixture.Catalogue(t)
	token := fixture.NewToken(t, e)
	c, s := fixture.ServeChild(t, e)
	admin := fixture.AdminSite(t, c.Stderr.String)
	s.Token = token
	s.Get(t, "/2.0/changes")
	before := admin.Get(t, "/metrics").Body
	var opened, done sync.WaitGroup
	opened.Add(readers)
	for range readers {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.Base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		done.Go(func() {
			open := sync.OnceFunc(opened.Done)
			defer open()
			_ = conn.SetDeadline(time.Now().Add(fixture.Patience))
			fmt.Fprintf(conn, "GET /2.0/changes HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
			lines, last := bufio.NewReaderSize(conn, 512), fmt.Sprintf("id: %d\n", writes)
			for {
				line, err := lines.ReadSlice('\n')
				if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
					t.Errorf("a reader: %v", err)
					return
				}
				switch string(line) {
				case "id: 0\n":
					open()
				case last:
					return
				}
			}
		})
	}
	opened.Wait()
	for i := range writes {
		s.Post(t, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Film %d","description":%q}}`, i, strings.Repeat("text ", 300)))
	}
	done.Wait()
	after := admin.Get(t, "/metrics").Body
	memory := func(body []byte) float64 { return metric(t, body, "process_resident_memory_bytes") }
	if n := metric(t, after, "marquee_streams_open"); n != readers {
		t.Errorf("%v streams are open", n)
	}
	if events, reads := metric(t, after, "marquee_stream_events_total"), metric(t, after, "marquee_stream_log_reads_total"); events != readers*writes || reads != 0 {
		t.Errorf("%v events were sent with %v reads of the log", events, reads)
	}
	used := memory(after) - memory(before)
	t.Logf("%d readers: %.1f MB of resident memory (from %.1f to %.1f), %v events, %v reads of the log by readers", readers,
		used/1e6, memory(before)/1e6, memory(after)/1e6, metric(t, after, "marquee_stream_events_total"), metric(t, after, "marquee_stream_log_reads_total"))
	if used > most {
		t.Errorf("%d readers cost %.1f MB", readers, used/1e6)
	}
	s.Do(t, http.MethodGet, "/2.0/movies?limit=1", "", http.StatusOK)
}

// metric returns the value of a metric without labels.
func metric(t *testing.T, body []byte, name string) float64 {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(body)
	if found == nil {
		t.Fatalf("no metric %s", name)
	}
	v, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
