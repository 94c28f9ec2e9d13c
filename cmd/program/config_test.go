package program

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"pgregory.net/rapid"
)

// roles are the commands that run on.
var roles = []string{"serve", "api", "indexer"}

// flagsOf are the settings of a command, by name.
func flagsOf(t *testing.T, command ...string) map[string]*pflag.Flag {
	t.Helper()
	cmd, rest, err := New(nil, nil).commands().Find(command)
	if err != nil || len(rest) > 0 {
		t.Fatalf("there is no command %v: %v", command, err)
	}
	return allFlags(cmd)
}

// allFlags are a command's own settings and those of all commands.
func allFlags(cmd *cobra.Command) map[string]*pflag.Flag {
	found := map[string]*pflag.Flag{}
	for _, set := range []*pflag.FlagSet{cmd.LocalFlags(), cmd.InheritedFlags()} {
		visitSettings(set, func(f *pflag.Flag) { found[f.Name] = f })
	}
	return found
}

// configOf is what marquee config prints of a role.
func configOf(t *testing.T, e environment, args ...string) map[string]effective {
	t.Helper()
	var printed struct {
		Command  string      `json:"command"`
		Settings []effective `json:"settings"`
	}
	text := succeed(t, e, append([]string{"config", "--format", "json"}, args...)...)
	if err := json.Unmarshal([]byte(text), &printed); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	byKey := map[string]effective{}
	for _, s := range printed.Settings {
		byKey[s.Key] = s
	}
	return byKey
}

// Each value is told with where it comes from, in both forms; a flag counts before
// a variable, and that before a default.
func TestConfig(t *testing.T) {
	t.Parallel()
	e := environment{"MARQUEE_LISTEN": ":1", "MARQUEE_CACHE_MEMORY": "1048576", "MARQUEE_ELASTICSEARCH_URL": "http://a:9200,http://ed:mellon@b:9200"}
	got := configOf(t, e, "--listen", ":2", "--secret-key", strings.Repeat("ab", 32))
	for _, want := range []effective{
		{"listen", "MARQUEE_LISTEN", ":2", fromFlag},
		{"cache-memory", "MARQUEE_CACHE_MEMORY", "1MiB", fromVariable},
		{"elasticsearch-url", "MARQUEE_ELASTICSEARCH_URL", "http://a:9200,http://ed:xxxxx@b:9200", fromVariable},
		{"secret-key", "MARQUEE_SECRET_KEY", hidden, fromFlag},
		{"sample", "MARQUEE_SAMPLE", "true", fromDefault},
	} {
		if got[want.Key] != want {
			t.Errorf("got %+v, want %+v", got[want.Key], want)
		}
	}
	table := succeed(t, e, "config", "--listen", ":2")
	for _, row := range [][]string{{"listen", ":2", "flag", "MARQUEE_LISTEN"}, {"cache-memory", "1MiB", "variable"}, {"log-level", "info", "default"}} {
		contains(t, strings.Join(strings.Fields(table), " "), strings.Join(row, " "))
	}
}

// The settings are those of the role itself, with its own defaults.
func TestConfigOfRoles(t *testing.T) {
	t.Parallel()
	for _, role := range roles {
		got, want := configOf(t, environment{}, role), flagsOf(t, role)
		if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
			t.Errorf("%s: printed %v, the command takes %v", role, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
		for name, f := range want {
			if from := got[name].From; from == fromDefault && got[name].Value != textOf(f) {
				t.Errorf("%s: %s is %q, the default is %q", role, name, got[name].Value, textOf(f))
			}
		}
	}
	contains(t, fail(t, nil, "config", "verify"), "verify")
	contains(t, fail(t, nil, "config", "--format", "xml"), "--format", "MARQUEE_FORMAT", "xml", "table or json")
}

// wrong is a value that a setting cannot have, and what is said of it.
type wrong struct{ value, says string }

// wrongValues has some for each setting of a command that runs on.
var wrongValues = map[string][]wrong{
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

// anyValue are settings that take every text: names of files.
var anyValue = []string{"data-dir", "postgres-bin"}

// A value that cannot be used is told as flag and as variable, with what it is and
// what it has to be. TestBadSettings holds that it keeps commands from starting.
func TestWrongValues(t *testing.T) {
	t.Parallel()
	for _, role := range roles {
		for name := range flagsOf(t, role) {
			if len(wrongValues[name]) == 0 && !slices.Contains(anyValue, name) {
				t.Errorf("no wrong value of %s's --%s is known: add one to wrongValues, and its check to settings", role, name)
			}
			for _, w := range wrongValues[name] {
				named := []string{"--" + name, variable(name), w.says}
				if settings[name].mask == nil {
					named = append(named, w.value)
				}
				contains(t, fail(t, nil, "config", role, "--"+name+"="+w.value), named...)
				contains(t, fail(t, environment{variable(name): w.value}, "config", role), named...)
			}
		}
	}
}

// All faults are told at once.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	contains(t, fail(t, environment{"MARQUEE_LIMIT_APP": "x", "MARQUEE_SAMPLE": "y"}, "config"), "limit-app", "sample")
	contains(t, fail(t, environment{"MARQUEE_LIMIT_APP": "-1"}, "config", "--listen", "z"), "limit-app", "listen")
}

// The defaults can be given as they are shown.
func TestDefaultsAreValues(t *testing.T) {
	t.Parallel()
	for _, role := range roles {
		args := []string{"config", role}
		for name, f := range flagsOf(t, role) {
			args = append(args, "--"+name+"="+textOf(f))
		}
		succeed(t, environment{}, args...)
	}
}

// What was secret in a value is in nothing that is printed, whether the value can
// be used or not.
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
			stdout, stderr, err := execute(t, environment{variable(name): value}, "config", "--format", format)
			text := stdout + stderr
			if err != nil {
				text += err.Error()
			}
			contains(t, text, name)
			lacks(t, text, "mellon")
		}
	}
}

// A password is hidden however it is spelled, also in what is no URL.
func TestMaskProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`[a-z0-9,@:/?#%&= ]{0,3}mellon[a-z0-9,@:/?#%&= ]{0,3}`).Draw(t, "password")
		value := rapid.SampledFrom([]string{"redis://ed:", "redis://:", "redis://a:1,redis://ed:"}).Draw(t, "before") + password +
			rapid.SampledFrom([]string{"@host:6379/0", "@host", "@a,redis://ed:mellon@b"}).Draw(t, "after")
		if rapid.Bool().Draw(t, "keywords") {
			value = "host=a password=" + password + " user=ed"
		}
		if shown := maskURLs(value); strings.Contains(shown, "mellon") {
			t.Errorf("%q is shown as %q", value, shown)
		}
	})
}

// A size is read as it is written, and nothing else is.
func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "1024": 1024, "1KiB": 1024, "256MiB": 256 << 20, "3GiB": 3 << 30, "2TiB": 2 << 40, "9223372036854775807": 1<<63 - 1, "8388607TiB": 8388607 << 40,
	} {
		var s sizeValue
		if err := s.Set(text); err != nil || int64(s) != want {
			t.Errorf("%q is %d, %v, want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "KiB", "-1", "+1", "1.5KiB", "1 KiB", "1kib", "1KB", "0x10", "1_000", "1MiBKiB", "9223372036854775808", "8388608TiB"} {
		var s sizeValue
		if err := s.Set(text); !errors.Is(err, errSize) || s != 0 {
			t.Errorf("%q is %d, %v", text, s, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		size := sizeValue(rapid.Int64Min(0).Draw(t, "number") >> rapid.IntRange(0, 62).Draw(t, "less") << rapid.IntRange(0, 40).Draw(t, "more") & (1<<63 - 1))
		var again sizeValue
		if err := again.Set(size.String()); err != nil || again != size {
			t.Errorf("%d is written %s and read %d, %v", int64(size), &size, int64(again), err)
		}
	})
}
