package program

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A setting is a flag of a command and its variable in the environment. The flag
// counts before the variable, and that before the default.

// source says where the value of a setting comes from.
type source string

// The sources.
const (
	fromFlag     source = "flag"
	fromVariable source = "variable"
	fromDefault  source = "default"
)

// variable is the environment variable of a flag: MARQUEE_DATA_DIR for
// --data-dir.
func variable(flag string) string {
	return "MARQUEE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// helpFlag is cobra's own, and no setting.
const helpFlag = "help"

// visitSettings calls f with each setting of a command, ordered by name.
func visitSettings(flags *pflag.FlagSet, f func(*pflag.Flag)) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != helpFlag {
			f(flag)
		}
	})
}

// fromEnvironment sets every flag that was not given from its variable, where that
// is not empty, and tells where each value comes from.
func fromEnvironment(flags *pflag.FlagSet, getenv func(string) string) (map[string]source, error) {
	sources := map[string]source{}
	var faults []error
	visitSettings(flags, func(f *pflag.Flag) {
		value := getenv(variable(f.Name))
		switch {
		case f.Changed:
			sources[f.Name] = fromFlag
		case value == "":
			sources[f.Name] = fromDefault
		default:
			sources[f.Name] = fromVariable
			if err := flags.Set(f.Name, value); err != nil {
				faults = append(faults, badValue(f, value, typeError(f, err)))
			}
		}
	})
	return sources, errors.Join(faults...)
}

// checkSettings finds every value that was given and cannot be used.
func checkSettings(flags *pflag.FlagSet) error {
	var faults []error
	visitSettings(flags, func(f *pflag.Flag) {
		check := settings[f.Name].check
		if check == nil || !f.Changed {
			return
		}
		if err := check(textOf(f)); err != nil {
			faults = append(faults, badValue(f, textOf(f), err))
		}
	})
	return errors.Join(faults...)
}

// badValue is the error of a value that a setting cannot have. It names the
// setting in both ways, since either may be what was given, and the value unless
// that is secret.
func badValue(f *pflag.Flag, value string, why error) error {
	name := fmt.Sprintf("--%s (%s)", f.Name, variable(f.Name))
	if shown := masked(f.Name, value); shown != hidden {
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

// flagError is the error of arguments that cannot be read.
func flagError(cmd *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return badValue(invalid.GetFlag(), invalid.GetValue(), typeError(invalid.GetFlag(), err))
	}
	return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
}

// textOf is the value of a flag as it can be given.
func textOf(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return strings.Join(list.GetSlice(), ",")
	}
	return f.Value.String()
}
