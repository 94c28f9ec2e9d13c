package install

import (
	"strings"
	"testing"
)

// A program that cannot be had is named, with what to do about it.
func TestProgramMissing(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := Program(t.Context(), "no-such-server", "its-package")
	if err == nil || !strings.Contains(err.Error(), "install it (on Debian the package its-package)") {
		t.Errorf("got %v", err)
	}
}
