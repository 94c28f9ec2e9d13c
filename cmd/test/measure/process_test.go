package measure_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
)

// processSide is a compared server in a process of its own.
type processSide struct {
	side
	pid    int
	used   time.Duration // processor time while it was measured
	warmed int64         // requests before that
}

// warmUp is how long each side answers before it is measured. Meanwhile Java compiles the
// code that both need in Elasticsearch. In production it has done that long ago.
const warmUp = 10 * time.Second

func newProcessSide(b *testing.B, name string, c *fixture.Child) *processSide {
	b.Helper()
	return &processSide{side: side{name: name, address: strings.TrimPrefix(c.Answers(b).Base, "http://")}, pid: c.Cmd.Process.Pid}
}

// perRequest returns the processor time of a request in microseconds.
func (s *processSide) perRequest() float64 {
	return float64(s.used.Microseconds()) / float64(s.sent.Load()-s.warmed)
}

// compareProcesses measures the sides in turns, as compare does, and reports their
// processor time for a request as well.
func compareProcesses(b *testing.B, all []*processSide, requests []string) {
	b.Helper()
	byName := map[string]*processSide{}
	var sides []*side
	for _, s := range all {
		byName[s.name] = s
		sides = append(sides, &s.side)
		s.measure(b, requests, warmUp)
		s.warmed = s.sent.Load()
	}
	takeTurns(b, sides, func(s *side, d time.Duration) (float64, time.Duration) {
		p := byName[s.name]
		before := processorTime(b, p.pid)
		rate, p99 := s.measure(b, requests, d)
		p.used += processorTime(b, p.pid) - before
		return rate, p99
	})
	for _, s := range all {
		b.ReportMetric(s.perRequest(), s.name+"-cpu-µs")
	}
	b.ReportMetric(all[0].perRequest()/all[1].perRequest(), "cpu-ratio")
}

// tick is the unit of processor times in /proc (USER_HZ).
const tick = time.Second / 100

// processorTime returns the user and system time of a process.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name in parentheses may contain spaces
	fields := strings.Fields(rest)
	const user, system = 14 - 3, 15 - 3 // proc(5) counts from 1, and two fields are cut
	var sum time.Duration
	for _, field := range []int{user, system} {
		ticks, err := strconv.Atoi(fields[field])
		if err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(ticks) * tick
	}
	return sum
}
