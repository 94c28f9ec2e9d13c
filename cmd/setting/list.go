package setting

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/pflag"
)

// Setting is a setting with the value that a command would use.
type Setting struct {
	Key      string `json:"key"`
	Variable string `json:"variable"`
	Value    string `json:"value"` // secrets are masked
	From     Source `json:"from"`
}

// List returns the settings of a command except the named ones, ordered by key, with
// secrets masked.
func List(flags *pflag.FlagSet, sources map[string]Source, except ...string) []Setting {
	var all []Setting
	Visit(flags, func(f *pflag.Flag) {
		if !slices.Contains(except, f.Name) {
			all = append(all, Setting{Key: f.Name, Variable: Variable(f.Name), Value: Masked(f.Name, Text(f)), From: sources[f.Name]})
		}
	})
	return all
}

// WriteTable writes the settings as a table.
func WriteTable(w io.Writer, settings []Setting) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tVALUE\tFROM\tVARIABLE")
	for _, s := range settings {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", s.Key, s.Value, s.From, s.Variable)
	}
	return table.Flush()
}
