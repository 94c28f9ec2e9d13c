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

// pythonPackages are the client and its dependencies, in versions that work together.
var pythonPackages = []string{"requests-oauthlib==2.0.0", "oauthlib==3.2.2", "requests==2.32.3"}

// installLimit bounds the download on a slow connection. It usually takes seconds, but
// pip waits for minutes on a connection that hangs.
const installLimit = 8 * time.Minute

// pythonClient returns a Python program and the folder of the packages. The first call
// on a machine installs them into the user's cache. If that fails, the test is skipped,
// or fails with CI=true.
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

// installPython installs the packages unless they are installed. Each version of Python
// has its own folder, which a rename creates, so that concurrent installations work.
func installPython(ctx context.Context) (program, folder string, err error) {
	ctx, cancel := context.WithTimeout(ctx, installLimit)
	defer cancel()
	if program, err = exec.LookPath("python3"); err != nil {
		return "", "", err
	}
	version, err := exec.CommandContext(ctx, program, "-c", `import sys; print("%d.%d" % sys.version_info[:2])`).Output()
	if err != nil {
		return "", "", fmt.Errorf("get the version of Python: %w", err)
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

// Requests signed by requests-oauthlib are accepted, with parameters in the header and
// in the query. Refusals have their reason.
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
				t.Errorf("%s: got %d %s, want 403 %s", got.Name, got.Status, got.Text, want)
			}
		} else if got.Status != 200 {
			t.Errorf("%s: got %d %s, want 200", got.Name, got.Status, got.Text)
		}
	}
	if len(lines) != 95 { // nine sessions of ten requests, five refusals
		t.Errorf("got %d requests, want 95:\n%s", len(lines), out)
	}
}
