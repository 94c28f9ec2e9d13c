package openapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"marquee/api/openapi"
)

var updating = flag.Bool("update", false, "rewrite the golden document; its version must be new")

const (
	golden   = "openapi.golden.json"
	versions = "versions.txt"
)

// TestGolden fails if the document changes without a new version. Each line of
// versions.txt has a version and the hash of the document without the version.
func TestGolden(t *testing.T) { // not parallel: it may write
	var indented bytes.Buffer
	if err := json.Indent(&indented, openapi.Document(), "", "  "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	hash := contentHash(t)
	history := readLines(t)
	if *updating {
		history = record(t, history, hash)
		write(t, golden, indented.Bytes())
		write(t, versions, []byte(strings.Join(history, "\n")+"\n"))
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(indented.Bytes(), want) {
		t.Errorf("the document differs from %s; version.go says how to change it. %s", golden, difference(want, indented.Bytes()))
	}
	seen := map[string]bool{}
	for _, line := range history {
		version, _, _ := strings.Cut(line, " ")
		if seen[version] {
			t.Errorf("%s has the version %s twice", versions, version)
		}
		seen[version] = true
	}
	if last := fmt.Sprint(openapi.Version, " ", hash, " ", openapi.Note); len(history) == 0 || history[len(history)-1] != last {
		t.Errorf("got %d lines in %s, want the last one %q", len(history), versions, last)
	}
}

// contentHash returns the hash of the document without its version.
func contentHash(t *testing.T) string {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(openapi.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	info := doc["info"].(map[string]any)
	if info["version"] != openapi.Version {
		t.Errorf("info.version: got %v, want %s", info["version"], openapi.Version)
	}
	delete(info, "version")
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// record adds the line of a new version, or checks the line of a known one.
func record(t *testing.T, history []string, hash string) []string {
	t.Helper()
	for i, line := range history {
		version, rest, _ := strings.Cut(line, " ")
		if version != openapi.Version {
			continue
		}
		if !strings.HasPrefix(rest, hash+" ") || i != len(history)-1 {
			t.Fatalf("the document changed since version %s: raise Version, and write in note what changed", version)
		}
		history = history[:i]
		break
	}
	return append(history, fmt.Sprint(openapi.Version, " ", hash, " ", openapi.Note))
}

func readLines(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(versions)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' })
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// difference returns the first line that differs.
func difference(want, got []byte) string {
	a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("Line %d: got\n%s\nwant\n%s", i+1, b[i], a[i])
		}
	}
	return fmt.Sprintf("Got %d lines, want %d.", len(b), len(a))
}
