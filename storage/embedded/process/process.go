// Package process runs the children of an embedded PostgreSQL: the program's own file,
// executed again in another role, and PostgreSQL's programs.
package process

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
)

// Variable is the environment variable that gives a re-executed child its role.
const Variable = "MARQUEE_EMBEDDED_CHILD"

// The roles of a child.
const (
	RoleFetch     = "fetch"
	RoleSupervise = "supervise"
)

// Run runs the command. An error has the last lines of its output.
func Run(cmd *exec.Cmd) error {
	var output Tail
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w%s", filepath.Base(cmd.Args[0]), err, output.Suffix())
	}
	return nil
}

// Tail is a writer that holds the last bytes written to it, for error messages.
type Tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 2000

// Write never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailBytes; over > 0 {
		t.text = append([]byte(nil), t.text[over:]...)
	}
	return len(p), nil
}

// Suffix returns the text on lines of its own, "" when there is none.
func (t *Tail) Suffix() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) == 0 {
		return ""
	}
	return "\n" + string(t.text)
}
