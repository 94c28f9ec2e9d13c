package fault_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// suffered is what a fault did to requests.
type suffered struct {
	fault
	lasted time.Duration
	*window
	aftermath
}

// refused reports whether a kind of answer is none that was asked for.
func refused(kind string) bool {
	return !strings.HasSuffix(kind, " 200") && !strings.HasSuffix(kind, " 201") && kind != "write 412"
}

// mostWaited is how many reads of a version a fault may have wait in vain that takes
// nothing which they need: a busy machine may.
const mostWaited = 2

// unneeded are the refusals of a fault that takes nothing which they need.
func (s *suffered) unneeded() (kinds []string) {
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

// requests is how many there were in all.
func (s *suffered) requests() (sum int) {
	for _, n := range s.counts {
		sum += n
	}
	return sum
}

// refusals names the kinds of answers that were refused, with how many they were.
func (s *suffered) refusals() string {
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

// table shows a row for each fault, in the form of docs/faults.md.
func table(rows []suffered) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "\n| fault\t| lasted\t| requests\t| refused\t| slowest hot read\t| writes after\t| fresh reads after\t| index after\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, s := range rows {
		fmt.Fprintf(w, "| %s\t| %s\t| %d\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", s.name, seconds(s.lasted), s.requests(), s.refusals(),
			seconds(s.slowest), seconds(s.writes), seconds(s.reads), seconds(s.index))
	}
	_ = w.Flush() // to a buffer
	return text.String()
}

// seconds is a time to a hundredth of a second.
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// hotReads is how many reads of hot targets were counted.
func hotReads(rows []suffered) (sum int) {
	for _, s := range rows {
		for kind, n := range s.counts {
			if strings.HasPrefix(kind, "hot read ") {
				sum += n
			}
		}
	}
	return sum
}

// writes is how many writes were acknowledged.
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
