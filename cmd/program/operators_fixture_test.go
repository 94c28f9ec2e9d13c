package program

import (
	"errors"
	"regexp"
	"testing"
)

// adminAt is where a log says that operators look.
var adminAt = regexp.MustCompile(`"listening for operators","address":"([^"]+)"`)

// operators is the address for operators that a program has logged.
func operators(t *testing.T, log func() string) (s site) {
	t.Helper()
	eventually(t, func() error {
		found := adminAt.FindStringSubmatch(log())
		if found == nil {
			return errors.New("no address for operators in the log")
		}
		s = site{base: "http://" + found[1]}
		return nil
	})
	return s
}
