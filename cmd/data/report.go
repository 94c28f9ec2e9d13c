package data

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"marquee/storage"
	"marquee/storage/incoming"
)

// shownRefusals is how many refused records a report lists.
const shownRefusals = 100

// writeReport writes the report of an import.
func writeReport(w io.Writer, r *incoming.Report, i importing, took time.Duration) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tcreated\tby name\tunchanged\tlinked\trefused\t")
	for _, n := range storage.Nouns {
		c := r.Counts[n]
		if len(c) == 0 && r.Implied[n] == 0 {
			continue
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t\n", n.Plural, c[incoming.Created], r.Implied[n], c[incoming.Unchanged], c[incoming.Linked], c[incoming.Refused])
	}
	_ = table.Flush() // when standard output fails, there is no place to report it
	if v := r.Votes; v.Total() > 0 {
		fmt.Fprintf(w, "votes: %d likes, %d dislikes, %d unchanged, %d neither, %d refused\n", v.Likes, v.Dislikes, v.Unchanged, v.Neither, v.Refused)
	}
	writeCounts(w, "repaired", r.Repairs)
	writeCounts(w, "refused", r.Reasons)
	writeRefusals(w, r, i.list)
	fmt.Fprintln(w, summary(r, i.dryRun, took))
}

// writeRefusals writes the first refused records, and where the others are listed.
func writeRefusals(w io.Writer, r *incoming.Report, list string) {
	shown := r.Refusals[:min(len(r.Refusals), shownRefusals)]
	for _, refusal := range shown {
		fmt.Fprintf(w, "  %s: %s\n", refusal.Place(), refusal.Reason)
	}
	more := r.Total(incoming.Refused) - len(shown)
	switch {
	case more == 0:
	case list != "":
		fmt.Fprintf(w, "  and %d more; %s lists all\n", more, list)
	default:
		fmt.Fprintf(w, "  and %d more; --report FILE lists all\n", more)
	}
}

func writeCounts(w io.Writer, title string, counts map[string]int) {
	for _, what := range incoming.ByCount(counts) {
		fmt.Fprintf(w, "%s %d×: %s\n", title, counts[what], what)
	}
}

// summary returns the last line of a report.
func summary(r *incoming.Report, dryRun bool, took time.Duration) string {
	took = took.Round(10 * time.Millisecond)
	created := r.Total(incoming.Created)
	for _, n := range r.Implied {
		created += n
	}
	votes := r.Votes.New()
	switch {
	case dryRun && votes > 0:
		return fmt.Sprintf("This was a dry run: %d objects would be created and %d votes stored, nothing was written.", created, votes)
	case dryRun:
		return fmt.Sprintf("This was a dry run: %d objects would be created, nothing was written.", created)
	case votes > 0:
		return fmt.Sprintf("Created %d objects and stored %d votes in %s. The catalogue is at version %d.", created, votes, took, r.Version)
	case created == 0:
		return fmt.Sprintf("Nothing changed. The catalogue is at version %d.", r.Version)
	}
	return fmt.Sprintf("Created %d objects in %s. The catalogue is at version %d.", created, took, r.Version)
}
