package program

import (
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"marquee/cmd/setting"
)

// configCommand returns marquee config, which prints the settings of a role. It fails for
// a value that cannot be used, as the role would.
func (p *Program) configCommand(roles ...*cobra.Command) *cobra.Command {
	config := p.settingsOf("config", roles[0])
	config.Short = "Check and print the settings of " + roles[0].Name() + ", or of a named role"
	for _, role := range roles {
		config.AddCommand(p.settingsOf(role.Name(), role))
	}
	return config
}

// formatFlag is a flag of marquee config, not of the role.
const formatFlag = "format"

// settingsOf returns a command that has the flags of a role and prints their values.
func (p *Program) settingsOf(use string, role *cobra.Command) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: use, Short: "Check and print the settings of " + role.Name(), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings := setting.List(cmd.Flags(), p.env.Sources, formatFlag)
			switch format {
			case "table":
				return setting.WriteTable(p.Stdout, settings)
			case "json":
				return json.NewEncoder(p.Stdout).Encode(map[string]any{"command": role.Name(), "settings": settings})
			}
			return setting.BadValue(cmd.Flags().Lookup(formatFlag), format, errors.New("must be table or json"))
		},
	}
	cmd.Flags().AddFlagSet(role.Flags())
	cmd.Flags().StringVar(&format, formatFlag, "table", "form of the output: table, json")
	return cmd
}
