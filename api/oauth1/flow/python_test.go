package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack/install"
)

// pythonPackages are the client and what it needs, in versions that are known
// to fit.
var pythonPackages = []string{"requests-oauthlib==2.0.0", "oauthlib==3.2.2", "requests==2.32.3"}

// installLimit bounds fetching them on a slow line; it takes seconds, unless a
// connection hangs for pip's own time.
const installLimit = 8 * time.Minute

// pythonClient returns a Python program and the folder that holds the packages.
// The first call of a user installs them into the cache; where that cannot be,
// the test is skipped, or fails where CI=true.
func pythonClient(t *testing.T) (program, folder string) {
	t.Helper()
	program, folder, err := installPython(t.Context())
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatalf("no Python client: %v", err)
	case err != nil:
		t.Skipf("no Python client: %v", err)
	}
	return program, folder
}

// installPython puts the packages where none are yet. Each version of Python has
// a folder of its own; a rename makes it complete at once, whoever else installs.
func installPython(ctx context.Context) (program, folder string, err error) {
	ctx, cancel := context.WithTimeout(ctx, installLimit)
	defer cancel()
	if program, err = exec.LookPath("python3"); err != nil {
		return "", "", err
	}
	version, err := exec.CommandContext(ctx, program, "-c", `import sys; print("%d.%d" % sys.version_info[:2])`).Output()
	if err != nil {
		return "", "", fmt.Errorf("ask Python for its version: %w", err)
	}
	cache, err := install.CacheFolder()
	if err != nil {
		return "", "", err
	}
	folder = filepath.Join(cache, "python-"+strings.TrimSpace(string(version))+"-"+strings.Join(pythonPackages, "-"))
	if _, err := os.Stat(folder); err == nil {
		return program, folder, nil
	}
	draft, err := os.MkdirTemp(cache, "draft-")
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(draft)
	install := append([]string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", filepath.Join(draft, "packages")}, pythonPackages...)
	if out, err := exec.CommandContext(ctx, program, install...).CombinedOutput(); err != nil {
		return "", "", fmt.Errorf("install %s: %w\n%s", strings.Join(pythonPackages, " "), err, out)
	}
	if err := os.Rename(filepath.Join(draft, "packages"), folder); err != nil && !errors.Is(err, os.ErrExist) {
		return "", "", err
	}
	return program, folder, nil
}

// Requests signed by requests-oauthlib are accepted, in the header and in the
// query, and its faults are told apart.
func TestPythonClient(t *testing.T) {
	t.Parallel()
	program, folder := pythonClient(t)
	_, server := serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "testdata/client.py", server.URL,
		"dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00", "mq_jane")
	cmd.Env = append(os.Environ(), "PYTHONPATH="+folder, "PYTHONDONTWRITEBYTECODE=1")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &complaints)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, line := range lines {
		var got struct {
			Name, Text string
			Status     int
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if want, fault := strings.CutPrefix(got.Name, "fault "); fault {
			if got.Status != 403 || got.Text != want {
				t.Errorf("%s: %d %s", got.Name, got.Status, got.Text)
			}
		} else if got.Status != 200 {
			t.Errorf("%s: %d %s", got.Name, got.Status, got.Text)
		}
	}
	if len(lines) != 95 { // nine sessions of ten requests, five faults
		t.Errorf("%d requests, want 95:\n%s", len(lines), out)
	}
}
