package program_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"marquee/cmd/program"
	"marquee/cmd/setting"
	"marquee/cmd/test/fixture"
)

var updating = flag.Bool("update", false, "rewrite the tables of docs/configuration.md")

// The tables of docs/configuration.md list the settings of the program.
func TestDocumentedSettings(t *testing.T) { // not parallel: it may write
	path := filepath.Join(fixture.Root(t), "docs", "configuration.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := page
	for name, table := range settingTables() {
		if want, err = between(want, name, table); err != nil {
			t.Fatal(err)
		}
	}
	if *updating {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(page, want) {
		t.Error("docs/configuration.md differs from the settings of the program; run go test ./cmd/program -run TestDocumentedSettings -update")
	}
}

// between replaces the text between the marks of a table.
func between(page []byte, name, table string) ([]byte, error) {
	begin, end := fmt.Sprintf("<!-- %s -->\n", name), fmt.Sprintf("<!-- end of %s -->\n", name)
	before, rest, found := bytes.Cut(page, []byte(begin))
	_, after, ends := bytes.Cut(rest, []byte(end))
	if !found || !ends {
		return nil, fmt.Errorf("the page has no marks for %s", name)
	}
	return slices.Concat(before, []byte(begin), []byte(table), []byte(end), after), nil
}

// documented is a setting with its commands. Settings with the same name may have another
// default or another meaning in other commands.
type documented struct {
	flag     *pflag.Flag
	commands []string
	defaults map[string][]string // the commands by default
}

// settingTables returns tables for the settings of the roles, of all commands, and of other
// commands.
func settingTables() map[string]string {
	rows := map[string]*documented{}
	root := program.New(nil, nil).Root()
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		name := strings.TrimPrefix(cmd.CommandPath(), "marquee ")
		flags := cmd.LocalNonPersistentFlags()
		if cmd == root {
			name, flags = "", cmd.PersistentFlags()
		}
		setting.Visit(flags, func(f *pflag.Flag) {
			of, _, _ := strings.Cut(name, " ")
			if of == "config" && f.Name != "format" { // it has the settings of the roles
				return
			}
			r := rows[f.Name+" "+f.Usage]
			if r == nil {
				r = &documented{flag: f, defaults: map[string][]string{}}
				rows[f.Name+" "+f.Usage] = r
			}
			r.commands = append(r.commands, name)
			r.defaults[f.DefValue] = append(r.defaults[f.DefValue], name)
		})
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	walk(root)
	tables := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		r := rows[key]
		tables[r.table()] += r.line()
	}
	for name, lines := range tables {
		heads := "| Flag | Variable | Takes | Default | Commands | Meaning |\n|---|---|---|---|---|---|\n"
		tables[name] = heads + lines
	}
	return tables
}

// table returns the name of the table for the setting.
func (r *documented) table() string {
	switch {
	case slices.Equal(r.commands, []string{""}):
		return "settings of all commands"
	case slices.ContainsFunc(r.commands, func(c string) bool { return slices.Contains(roles, c) }):
		return "settings of processes"
	}
	return "settings of other commands"
}

// takes has names for types, for readers.
var takes = map[string]string{"stringSlice": "list", "string": "text", "int": "number", "int64": "number", "uint": "number", "float64": "number"}

func (r *documented) line() string {
	commands := strings.Join(r.commands, ", ")
	if commands == "" {
		commands = "all"
	}
	return fmt.Sprintf("| `--%s` | `%s` | %s | %s | %s | %s |\n", r.flag.Name, setting.Variable(r.flag.Name), cmp.Or(takes[r.flag.Value.Type()], r.flag.Value.Type()), r.shownDefault(),
		commands, strings.ReplaceAll(r.flag.Usage, "|", "\\|"))
}

// shownDefault is the default, with the commands that have it where they differ.
func (r *documented) shownDefault() string {
	var parts []string
	for _, value := range slices.Sorted(maps.Keys(r.defaults)) {
		shown := "none"
		if text := strings.Trim(value, "[]"); text != "" {
			shown = "`" + text + "`"
		}
		if len(r.defaults) > 1 {
			shown += " (" + strings.Join(r.defaults[value], ", ") + ")"
		}
		parts = append(parts, shown)
	}
	return strings.Join(parts, ", ")
}
