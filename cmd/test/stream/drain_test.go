package stream_test

import (
	"syscall"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
)

// Streams do not delay the end of a process, and their readers learn of it.
func TestStreamsEndWithTheProcess(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	for _, drain := range []string{"0s", "200ms"} {
		c, s := fixture.ServeChild(t, e, "--drain", drain)
		var readers []*reader
		for range 20 {
			readers = append(readers, open(t, s, ""))
		}
		for _, r := range readers {
			r.block() // it is open
		}
		began := time.Now()
		c.Signal(t, syscall.SIGTERM)
		for _, r := range readers {
			r.wantEnd()
		}
		if err := c.Wait(t); err != nil {
			t.Errorf("stop: %v\n%s", err, c.Stderr.String())
		}
		if took := time.Since(began); took > 4*time.Second { // open connections are waited for 5 s
			t.Errorf("with a drain of %s the process ended after %s", drain, took)
		}
	}
}
