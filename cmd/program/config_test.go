package program_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"marquee/cmd/program"
	"marquee/cmd/setting"
	"marquee/cmd/test/fixture"
)

// roles are the commands that run until they are interrupted.
var roles = []string{"serve", "api", "indexer"}

// flagsOf returns the settings of a command, by name.
func flagsOf(t *testing.T, command ...string) map[string]*pflag.Flag {
	t.Helper()
	cmd, rest, err := program.New(nil, nil).Root().Find(command)
	if err != nil || len(rest) > 0 {
		t.Fatalf("no command %v: %v", command, err)
	}
	return allFlags(cmd)
}

// allFlags returns the flags of a command, also inherited ones.
func allFlags(cmd *cobra.Command) map[string]*pflag.Flag {
	found := map[string]*pflag.Flag{}
	for _, set := range []*pflag.FlagSet{cmd.LocalFlags(), cmd.InheritedFlags()} {
		setting.Visit(set, func(f *pflag.Flag) { found[f.Name] = f })
	}
	return found
}

// configOf returns the output of marquee config for a role.
func configOf(t *testing.T, e fixture.Env, args ...string) map[string]setting.Setting {
	t.Helper()
	var printed struct {
		Command  string            `json:"command"`
		Settings []setting.Setting `json:"settings"`
	}
	text := fixture.Run(t, e, append([]string{"config", "--format", "json"}, args...)...)
	if err := json.Unmarshal([]byte(text), &printed); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	byKey := map[string]setting.Setting{}
	for _, s := range printed.Settings {
		byKey[s.Key] = s
	}
	return byKey
}

// marquee config prints each value with its source, in both forms. A flag takes precedence
// over a variable, and a variable over a default.
func TestConfig(t *testing.T) {
	t.Parallel()
	e := fixture.Env{"MARQUEE_LISTEN": ":1", "MARQUEE_CACHE_MEMORY": "1048576", "MARQUEE_ELASTICSEARCH_URL": "http://a:9200,http://ed:mellon@b:9200"}
	got := configOf(t, e, "--listen", ":2", "--secret-key", strings.Repeat("ab", 32))
	for _, want := range []setting.Setting{
		{Key: "listen", Variable: "MARQUEE_LISTEN", Value: ":2", From: setting.FromFlag},
		{Key: "cache-memory", Variable: "MARQUEE_CACHE_MEMORY", Value: "1MiB", From: setting.FromVariable},
		{Key: "elasticsearch-url", Variable: "MARQUEE_ELASTICSEARCH_URL", Value: "http://a:9200,http://ed:xxxxx@b:9200", From: setting.FromVariable},
		{Key: "secret-key", Variable: "MARQUEE_SECRET_KEY", Value: setting.Hidden, From: setting.FromFlag},
		{Key: "sample", Variable: "MARQUEE_SAMPLE", Value: "true", From: setting.FromDefault},
	} {
		if got[want.Key] != want {
			t.Errorf("got %+v, want %+v", got[want.Key], want)
		}
	}
	table := fixture.Run(t, e, "config", "--listen", ":2")
	for _, row := range [][]string{{"listen", ":2", "flag", "MARQUEE_LISTEN"}, {"cache-memory", "1MiB", "variable"}, {"log-level", "info", "default"}} {
		fixture.Contains(t, strings.Join(strings.Fields(table), " "), strings.Join(row, " "))
	}
}

// marquee config prints all settings of the role, with its defaults.
func TestConfigOfRoles(t *testing.T) {
	t.Parallel()
	for _, role := range roles {
		got, want := configOf(t, fixture.Env{}, role), flagsOf(t, role)
		if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
			t.Errorf("%s: got settings %v, want %v", role, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
		for name, f := range want {
			if from := got[name].From; from == setting.FromDefault && got[name].Value != setting.Text(f) {
				t.Errorf("%s: %s: got %q, want the default %q", role, name, got[name].Value, setting.Text(f))
			}
		}
	}
	fixture.Contains(t, fixture.Fail(t, nil, "config", "verify"), "verify")
	fixture.Contains(t, fixture.Fail(t, nil, "config", "--format", "xml"), "--format", "MARQUEE_FORMAT", "xml", "table or json")
}

// badValue is a value that a setting cannot have, and a part of the error.
type badValue struct{ value, says string }

// badValues has some for each setting of a role.
var badValues = map[string][]badValue{
	"admin-listen":        {{"9090", "[host]:port"}, {"127.0.0.1", "[host]:port"}},
	"cache-memory":        {{"0", "more than 0"}, {"-1", "KiB"}, {"lots", "KiB"}, {"1.5GiB", "KiB"}, {"256MB", "KiB"}, {"9223372036854775808", "KiB"}, {"8388608TiB", "KiB"}},
	"drain":               {{"-1s", "not negative"}, {"5", "such as"}, {"soon", "such as"}},
	"elasticsearch-index": {{"Films", "a-z"}, {"_films", "a-z"}, {"films*", "a-z"}, {"a,b", "a-z"}, {"-films", "a-z"}},
	"elasticsearch-url":   {{"localhost:9200", "http"}, {"http://a:9200,b:9200", "http"}, {"http://", "http"}, {"redis://a", "http"}, {`"http://a`, "list"}},
	"index-replicas":      {{"-1", "not negative"}, {"some", "whole number"}},
	"index-shards":        {{"-1", "not negative"}, {"0", "from 1 to 1024"}, {"1025", "from 1 to 1024"}, {"1.5", "whole number"}},
	"keep-changes":        {{"0s", "at least 1h"}, {"59m", "at least 1h"}, {"-2h", "at least 1h"}, {"7d", "such as"}},
	"keep-history":        {{"59m", "at least 1h"}, {"-2h", "at least 1h"}, {"long", "such as"}},
	"limit-address":       {{"-1", "not be negative"}, {"1.5", "whole number"}, {"many", "whole number"}},
	"limit-app":           {{"-1", "not be negative"}, {"1e3", "whole number"}},
	"limit-user":          {{"-1", "not be negative"}, {"99999999999999999999", "whole number"}},
	"listen":              {{"nowhere at all", "[host]:port"}, {"8080", "[host]:port"}, {":65536", "[host]:port"}, {":-1", "[host]:port"}, {":http", "[host]:port"}, {"a b:80", "[host]:port"}},
	"log-level":           {{"loud", "debug, info, warn or error"}},
	"max-streams":         {{"0", "from 1 to 60000"}, {"60001", "from 1 to 60000"}, {"many", "whole number"}},
	"nonce-redis-url":     {{"localhost:6379", "redis[s]://"}, {"redis://a/first", "redis[s]://"}},
	"otlp-endpoint":       {{"localhost:4318", "http"}, {"grpc://a:4317", "http"}},
	"proxy-header":        {{"X-Real-IP", "X-Forwarded-For or Forwarded"}},
	"public-url":          {{"api.example.com", "http"}, {"ftp://a", "http"}, {"https://a/?q=1", "http"}, {"https://a/#top", "http"}, {"https://ed@a", "http"}},
	"quota":               {{"-1", "KiB"}, {"1 GiB", "KiB"}, {"much", "KiB"}},
	"redis-url":           {{"localhost:6379", "redis[s]://"}, {"http://a", "redis[s]://"}, {"redis://a/first", "redis[s]://"}, {"redis://a:1/3,redis://b:1/3", "redis[s]://"}},
	"replica-url":         {{"postgres://a:port/films", "postgres://user:password@host:port/database"}},
	"database-url":        {{"postgres://a:port/films", "postgres://user:password@host:port/database"}, {"mysql://a/films", "postgres://user:password@host:port/database"}},
	"require-if-match":    {{"perhaps", "true or false"}},
	"sample":              {{"perhaps", "true or false"}},
	"secret-key":          {{"short", "base64"}, {strings.Repeat("ab", 32) + ",x", "base64"}},
	"slow-request":        {{"-1s", "not negative"}, {"1", "such as"}},
	"trace-sample":        {{"1.1", "from 0 to 1"}, {"-0.1", "from 0 to 1"}, {"NaN", "from 0 to 1"}, {"half", "number"}},
	"trusted-proxies":     {{"10.0.0.0/33", "10.0.0.0/8"}, {"10.0.0.1,gateway", "10.0.0.0/8"}},
}

// anyValue are settings that accept every text: names of files.
var anyValue = []string{"data-dir", "postgres-bin"}

// The error for a bad value names the flag and the variable, quotes the value unless it is
// secret, and describes valid values.
func TestBadValues(t *testing.T) {
	t.Parallel()
	for _, role := range roles {
		for name := range flagsOf(t, role) {
			if len(badValues[name]) == 0 && !slices.Contains(anyValue, name) {
				t.Errorf("no bad value for --%[2]s of %[1]s: add one to badValues, and its check to the rules of cmd/setting", role, name)
			}
			for _, w := range badValues[name] {
				named := []string{"--" + name, setting.Variable(name), w.says}
				if setting.Masked(name, w.value) == w.value {
					named = append(named, w.value)
				}
				fixture.Contains(t, fixture.Fail(t, nil, "config", role, "--"+name+"="+w.value), named...)
				fixture.Contains(t, fixture.Fail(t, fixture.Env{setting.Variable(name): w.value}, "config", role), named...)
			}
		}
	}
}

// All faults are reported at once.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	fixture.Contains(t, fixture.Fail(t, fixture.Env{"MARQUEE_LIMIT_APP": "x", "MARQUEE_SAMPLE": "y"}, "config"), "limit-app", "sample")
	fixture.Contains(t, fixture.Fail(t, fixture.Env{"MARQUEE_LIMIT_APP": "-1"}, "config", "--listen", "z"), "limit-app", "listen")
}

// Every default is a valid value in the form in which it is printed.
func TestDefaultsAreValues(t *testing.T) {
	t.Parallel()
	for _, role := range roles {
		args := []string{"config", role}
		for name, f := range flagsOf(t, role) {
			args = append(args, "--"+name+"="+setting.Text(f))
		}
		fixture.Run(t, fixture.Env{}, args...)
	}
}

// The secret parts of a value are never printed, whether the value is valid or not.
func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"database-url":      "postgres://ed:mellon@127.0.0.1:1/films?sslpassword=mellon&sslmode=disable",
		"replica-url":       "postgres://ed:mellon@127.0.0.1:1/films",
		"redis-url":         "redis://ed:mellon@127.0.0.1:1/0",
		"nonce-redis-url":   "rediss://:mellon@127.0.0.1:1/0",
		"elasticsearch-url": "http://ed:mellon@127.0.0.1:1,http://ed:mellon@127.0.0.1:2",
		"otlp-endpoint":     "http://127.0.0.1:1/v1/traces?api-key=mellon",
		"secret-key":        strings.Repeat("mellon00", 8),
	} {
		if flagsOf(t, "serve")[name] == nil {
			continue
		}
		for _, format := range []string{"table", "json"} {
			stdout, stderr, err := fixture.Execute(t, fixture.Env{setting.Variable(name): value}, "config", "--format", format)
			text := stdout + stderr
			if err != nil {
				text += err.Error()
			}
			fixture.Contains(t, text, name)
			fixture.Lacks(t, text, "mellon")
		}
	}
}
