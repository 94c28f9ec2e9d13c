package install

import (
	"strings"
	"testing"
)

// The error names the missing program and says how to install it.
func TestProgramMissing(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := Program(t.Context(), "no-such-server", "its-package")
	if err == nil || !strings.Contains(err.Error(), "install it (on Debian the package its-package)") {
		t.Errorf("Program returned %v, want an error that names the package", err)
	}
}
