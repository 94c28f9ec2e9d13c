// Package setting reads the settings of commands from flags and the environment,
// checks them, and prints them with secrets masked.
package setting

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Source is where the value of a setting comes from. A flag takes precedence over its
// environment variable, and the variable over the default.
type Source string

// The sources.
const (
	FromFlag     Source = "flag"
	FromVariable Source = "variable"
	FromDefault  Source = "default"
)

// Variable returns the environment variable of a flag: MARQUEE_DATA_DIR for --data-dir.
func Variable(flag string) string {
	return "MARQUEE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// helpFlag is added by cobra. It is no setting.
const helpFlag = "help"

// Visit calls f with each setting of a command, ordered by name.
func Visit(flags *pflag.FlagSet, f func(*pflag.Flag)) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != helpFlag {
			f(flag)
		}
	})
}

// FromEnvironment sets every flag that is not on the command line from its variable,
// unless that is empty. It returns the source of each value.
func FromEnvironment(flags *pflag.FlagSet, getenv func(string) string) (map[string]Source, error) {
	sources := map[string]Source{}
	var faults []error
	Visit(flags, func(f *pflag.Flag) {
		value := getenv(Variable(f.Name))
		switch {
		case f.Changed:
			sources[f.Name] = FromFlag
		case value == "":
			sources[f.Name] = FromDefault
		default:
			sources[f.Name] = FromVariable
			if err := flags.Set(f.Name, value); err != nil {
				faults = append(faults, BadValue(f, value, typeError(f, err)))
			}
		}
	})
	return sources, errors.Join(faults...)
}

// Check returns an error for all values that cannot be used. Defaults are not checked.
func Check(flags *pflag.FlagSet) error {
	var faults []error
	Visit(flags, func(f *pflag.Flag) {
		check := rules[f.Name].check
		if check == nil || !f.Changed {
			return
		}
		if err := check(Text(f)); err != nil {
			faults = append(faults, BadValue(f, Text(f), err))
		}
	})
	return errors.Join(faults...)
}

// BadValue returns the error for a value that a setting cannot have. It names the flag and
// the variable, because either may be the source, and the value unless it is secret.
func BadValue(f *pflag.Flag, value string, why error) error {
	name := fmt.Sprintf("--%s (%s)", f.Name, Variable(f.Name))
	if shown := Masked(f.Name, value); shown != Hidden {
		return fmt.Errorf("%s is %q: %w", name, shown, why)
	}
	return fmt.Errorf("%s: %w", name, why)
}

// typeForms describes the values of a flag, by type.
var typeForms = map[string]string{
	"bool":        "must be true or false",
	"int":         "must be a whole number",
	"int64":       "must be a whole number",
	"uint":        "must be a whole number that is not negative",
	"float64":     "must be a number, such as 0.1",
	"duration":    "must be a duration, such as 500ms, 30s or 1h30m",
	"stringSlice": "must be a list with commas between its items",
}

// typeError describes the values of the flag instead of the failure of strconv.
func typeError(f *pflag.Flag, err error) error {
	if form, known := typeForms[f.Value.Type()]; known {
		return errors.New(form)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return invalid.Unwrap()
	}
	return err
}

// FlagError returns the error for flags that cannot be parsed.
func FlagError(cmd *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return BadValue(invalid.GetFlag(), invalid.GetValue(), typeError(invalid.GetFlag(), err))
	}
	return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
}

// Text returns the value of a flag in the form of the command line.
func Text(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return strings.Join(list.GetSlice(), ",")
	}
	return f.Value.String()
}
