package measure_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"marquee/api"
)

// The benchmarks measure Marquee and a bare peer in one run, and report the ratio. On a
// shared machine only the ratio is comparable. They measure what clients see, over
// persistent loopback connections.

const (
	benchRounds = 5               // in a round all sides are measured once; the median of the ratios counts
	benchTime   = 2 * time.Second // of the measurement of a side in a round
	benchConns  = 8
)

// compare measures ours and its peer with a client of a few connections in this
// process.
func compare(b *testing.B, ours, peer http.Handler, requests []string) {
	b.Helper()
	sides := []*side{{name: "ours"}, {name: "bare"}}
	for i, h := range []http.Handler{ours, peer} {
		server := httptest.NewServer(h)
		b.Cleanup(server.Close)
		sides[i].address = server.Listener.Addr().String()
	}
	takeTurns(b, sides, func(s *side, d time.Duration) (float64, time.Duration) { return s.measure(b, requests, d) })
}

// takeTurns measures each side once a round. It reports the medians of the rates and of
// the 99th percentiles, and the medians of the ratios of the first side to the others.
// "ratio" is the ratio to the second side.
func takeTurns(b *testing.B, sides []*side, measure func(*side, time.Duration) (rate float64, p99 time.Duration)) {
	b.Helper()
	for _, s := range sides {
		measure(s, benchTime/4) // warm up
	}
	for range benchRounds {
		for _, s := range sides {
			rate, p99 := measure(s, benchTime)
			s.rates, s.p99s = append(s.rates, rate), append(s.p99s, float64(p99.Microseconds()))
		}
	}
	b.Log(row(sides))
	b.ReportMetric(0, "ns/op") // meaningless here
	for i, s := range sides {
		b.ReportMetric(median(s.rates), s.name+"-req/s")
		b.ReportMetric(median(s.p99s), s.name+"-p99-µs")
		switch i {
		case 0:
		case 1:
			b.ReportMetric(ratio(sides[0], s), "ratio")
		default:
			b.ReportMetric(ratio(sides[0], s), s.name+"-ratio")
		}
	}
}

// row returns the columns of the table in docs/benchmarks.md: the ratio, and the
// results of each side.
func row(sides []*side) string {
	p := message.NewPrinter(language.English)
	line := p.Sprintf("| %.2f |", ratio(sides[0], sides[1]))
	for _, s := range sides {
		line += p.Sprintf(" %d/s, p99 %.1f ms |", int(median(s.rates)), median(s.p99s)/1000)
	}
	return line
}

// ratio returns the median of the ratios of all rounds.
func ratio(ours, peer *side) float64 {
	ratios := make([]float64, len(ours.rates))
	for i := range ratios {
		ratios[i] = ours.rates[i] / peer.rates[i]
	}
	return median(ratios)
}

// side is one of the compared servers.
type side struct {
	name, address string
	rates, p99s   []float64
	sent          atomic.Int64 // requests so far
}

// measure sends the requests in turn over a few connections, each as soon as the last
// response has arrived. It goes on where the last call has ended.
func (s *side) measure(b *testing.B, requests []string, d time.Duration) (rate float64, p99 time.Duration) {
	b.Helper()
	var wg sync.WaitGroup
	var failed atomic.Bool
	all := make([][]time.Duration, benchConns)
	start := time.Now()
	for c := range benchConns {
		wg.Go(func() {
			latencies, err := drive(s.address, func() string { return requests[int(s.sent.Add(1)-1)%len(requests)] }, start.Add(d))
			if err != nil {
				failed.Store(true)
				b.Error(err)
			}
			all[c] = latencies
		})
	}
	wg.Wait()
	if failed.Load() {
		b.FailNow()
	}
	took := slices.Concat(all...)
	slices.Sort(took)
	return float64(len(took)) / time.Since(start).Seconds(), took[len(took)*99/100]
}

// drive sends requests over one connection until the time is up. It uses a plain
// socket, because the client of net/http costs more than the measured servers.
func drive(address string, next func() string, until time.Time) ([]time.Duration, error) {
	conn, err := (&net.Dialer{Deadline: until}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 1<<16)
	var latencies []time.Duration
	for {
		sent := time.Now()
		if sent.After(until) {
			return latencies, nil
		}
		if _, err := io.WriteString(conn, next()); err != nil {
			return nil, err
		}
		if err := readAnswer(r); err != nil {
			return nil, err
		}
		latencies = append(latencies, time.Since(sent))
	}
}

// readAnswer reads a response, which must be 200 with a length.
func readAnswer(r *bufio.Reader) error {
	length := -1
	for n := 0; ; n++ {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if n == 0 && !bytes.Contains(line, []byte(" 200 ")) {
			return fmt.Errorf("got %q, want status 200", line)
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(string(v))); err != nil {
				return err
			}
		}
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
	}
	_, err := r.Discard(length)
	return err
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// gets returns a GET request for each path.
func gets(paths ...string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = "GET " + p + " HTTP/1.1\r\nHost: bench\r\n\r\n"
	}
	return out
}

// quiet returns an API whose log is encoded and discarded.
func quiet(c api.Catalogue) *api.API {
	return api.New(api.Config{Catalogue: c, Logger: slog.New(slog.NewJSONHandler(io.Discard, nil))})
}
