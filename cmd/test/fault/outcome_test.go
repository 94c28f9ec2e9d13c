package fault_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// outcome is the effect of a fault on requests.
type outcome struct {
	fault
	lasted time.Duration
	*window
	recovery
}

// refused reports whether a kind of reply is a failure. 412 is none: recall handles it.
func refused(kind string) bool {
	return !strings.HasSuffix(kind, " 200") && !strings.HasSuffix(kind, " 201") && kind != "write 412"
}

// mostWaited is the number of reads with Min-Version that may time out in a fault that
// does not affect them, because the machine is busy.
const mostWaited = 2

// unexpected returns the refusals in a fault that must not refuse any request.
func (s *outcome) unexpected() (kinds []string) {
	for kind, n := range s.counts {
		if kind == "Min-Version 503" {
			n -= min(s.waited, mostWaited)
		}
		if refused(kind) && !s.refuses && n > 0 {
			kinds = append(kinds, fmt.Sprintf("%s: %d", kind, n))
		}
	}
	return kinds
}

// requests returns the number of requests.
func (s *outcome) requests() (sum int) {
	for _, n := range s.counts {
		sum += n
	}
	return sum
}

// refusals returns the kinds of failed replies with their numbers, as a text.
func (s *outcome) refusals() string {
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(s.counts)) {
		if refused(kind) {
			kinds = append(kinds, fmt.Sprintf("%s: %d", kind, s.counts[kind]))
		}
	}
	if len(kinds) == 0 {
		return "none"
	}
	return strings.Join(kinds, ", ")
}

// table returns a row for each fault, in the form of docs/faults.md.
func table(rows []outcome) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "\n| fault\t| lasted\t| requests\t| refused\t| slowest hot read\t| writes after\t| fresh reads after\t| index after\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, s := range rows {
		fmt.Fprintf(w, "| %s\t| %s\t| %d\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", s.name, seconds(s.lasted), s.requests(), s.refusals(),
			seconds(s.slowest), seconds(s.writes), seconds(s.reads), seconds(s.index))
	}
	_ = w.Flush() // cannot fail: the writer is a buffer
	return text.String()
}

// seconds returns a duration in hundredths of a second.
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// hotReads returns the number of reads of hot targets.
func hotReads(rows []outcome) (sum int) {
	for _, s := range rows {
		for kind, n := range s.counts {
			if strings.HasPrefix(kind, "hot read ") {
				sum += n
			}
		}
	}
	return sum
}

// writes returns the number of acknowledged writes.
func (c *crowd) writes() int {
	sum := len(c.created)
	for _, f := range c.films {
		for _, s := range f.states {
			if s.version > 0 {
				sum++
			}
		}
	}
	return sum
}
