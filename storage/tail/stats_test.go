package tail_test

import (
	"testing"
	"testing/synctest"
	"time"

	"marquee/storage/tail"
)

// Stats follow reads, imports and failures.
func TestStats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if s := tail.New(tail.Config{Source: &fakeSource{}}).Stats(); !s.Read.IsZero() {
			t.Errorf("a log that was never read: %+v", s)
		}
		f := &fakeSource{}
		l := follow(t, tail.Config{Source: f})
		synctest.Wait()
		first := time.Now()
		f.commit("one")
		f.set(func() { f.changes[0].At = first })
		f.commit("two", "three")
		time.Sleep(time.Second)
		synctest.Wait()
		s := l.Stats()
		if s.Version != 2 || s.Floor != 0 || s.Changes != 3 || s.Bytes == 0 || time.Since(s.Read) >= time.Second {
			t.Errorf("%+v", s)
		}
		if at := l.Since(0); !at.Equal(first) || !l.Since(2).IsZero() {
			t.Errorf("since %v, %v", at, l.Since(2))
		}
		f.set(func() { f.err = errCut })
		read := l.Stats().Read
		time.Sleep(10 * time.Second)
		if s := l.Stats(); !s.Read.Equal(read) {
			t.Errorf("read at %v from a source that fails", s.Read)
		}
		f.set(func() { f.err = nil })
		f.commit("") // an import, which raises the floor and stays in memory
		time.Sleep(time.Second)
		synctest.Wait()
		if s := l.Stats(); s.Version != 3 || s.Floor != 3 || s.Changes != 4 || !l.Since(2).IsZero() {
			t.Errorf("after an import: %+v, since %v", s, l.Since(2))
		}
	})
}
