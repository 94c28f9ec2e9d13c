package program

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// effective is a setting as a command would have it.
type effective struct {
	Key      string `json:"key"`
	Variable string `json:"variable"`
	Value    string `json:"value"` // secrets are masked
	From     source `json:"from"`
}

// configCommand prints the settings of the roles that run on. A value that cannot
// be used fails it, as it would fail the role.
func (p *Program) configCommand(roles ...*cobra.Command) *cobra.Command {
	config := p.settingsOf("config", roles[0])
	config.Short = "Check the settings of " + roles[0].Name() + ", or of a role that is named, and print them"
	for _, role := range roles {
		config.AddCommand(p.settingsOf(role.Name(), role))
	}
	return config
}

// formatFlag is a flag of the command that prints, not of the role.
const formatFlag = "format"

// settingsOf makes a command that takes a role's flags and prints their values.
func (p *Program) settingsOf(use string, role *cobra.Command) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: use, Short: "Check the settings of " + role.Name() + " and print them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings := p.effective(cmd.Flags())
			switch format {
			case "table":
				return p.printTable(settings)
			case "json":
				return json.NewEncoder(p.stdout).Encode(map[string]any{"command": role.Name(), "settings": settings})
			}
			return badValue(cmd.Flags().Lookup(formatFlag), format, errors.New("must be table or json"))
		},
	}
	cmd.Flags().AddFlagSet(role.Flags())
	cmd.Flags().StringVar(&format, formatFlag, "table", "form of the output: table, json")
	return cmd
}

// effective lists the settings, ordered by key.
func (p *Program) effective(flags *pflag.FlagSet) []effective {
	var all []effective
	visitSettings(flags, func(f *pflag.Flag) {
		if f.Name != formatFlag {
			all = append(all, effective{Key: f.Name, Variable: variable(f.Name), Value: masked(f.Name, textOf(f)), From: p.sources[f.Name]})
		}
	})
	return all
}

func (p *Program) printTable(settings []effective) error {
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tVALUE\tFROM\tVARIABLE")
	for _, s := range settings {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", s.Key, s.Value, s.From, s.Variable)
	}
	return table.Flush()
}
