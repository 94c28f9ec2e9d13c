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

// A setting is a flag of a command and its variable in the environment. The flag
// counts before the variable, and that before the default.

// Source says where the value of a setting comes from.
type Source string

// The sources.
const (
	FromFlag     Source = "flag"
	FromVariable Source = "variable"
	FromDefault  Source = "default"
)

// Variable is the environment variable of a flag: MARQUEE_DATA_DIR for
// --data-dir.
func Variable(flag string) string {
	return "MARQUEE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// helpFlag is cobra's own, and no setting.
const helpFlag = "help"

// Visit calls f with each setting of a command, ordered by name.
func Visit(flags *pflag.FlagSet, f func(*pflag.Flag)) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != helpFlag {
			f(flag)
		}
	})
}

// FromEnvironment sets every flag that was not given from its variable, where that
// is not empty, and tells where each value comes from.
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

// Check finds every value that was given and cannot be used.
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

// BadValue is the error of a value that a setting cannot have. It names the
// setting in both ways, since either may be what was given, and the value unless
// that is secret.
func BadValue(f *pflag.Flag, value string, why error) error {
	name := fmt.Sprintf("--%s (%s)", f.Name, Variable(f.Name))
	if shown := Masked(f.Name, value); shown != Hidden {
		return fmt.Errorf("%s is %q: %w", name, shown, why)
	}
	return fmt.Errorf("%s: %w", name, why)
}

// typeForms say what a flag of a type takes.
var typeForms = map[string]string{
	"bool":        "must be true or false",
	"int":         "must be a whole number",
	"int64":       "must be a whole number",
	"uint":        "must be a whole number that is not negative",
	"float64":     "must be a number, such as 0.1",
	"duration":    "must be a duration, such as 500ms, 30s or 1h30m",
	"stringSlice": "must be a list with commas between its items",
}

// typeError says what the type of a flag takes instead of how reading it failed.
func typeError(f *pflag.Flag, err error) error {
	if form, known := typeForms[f.Value.Type()]; known {
		return errors.New(form)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return invalid.Unwrap()
	}
	return err
}

// FlagError is the error of arguments that cannot be read.
func FlagError(cmd *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return BadValue(invalid.GetFlag(), invalid.GetValue(), typeError(invalid.GetFlag(), err))
	}
	return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
}

// Text is the value of a flag as it can be given.
func Text(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return strings.Join(list.GetSlice(), ",")
	}
	return f.Value.String()
}
