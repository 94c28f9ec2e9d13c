package await_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"marquee/deploy/await"
)

// failing is a test that notes how it fails. Its other methods are the real test's.
type failing struct {
	testing.TB
	failure string
}

func (f *failing) Helper() {}

func (f *failing) Errorf(format string, args ...any) { f.failure = fmt.Sprintf(format, args...) }

func (f *failing) Error(args ...any) { f.failure = fmt.Sprint(args...) }

func (f *failing) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(f)
}

// failureOf returns the failure of a wait, "" when it succeeds.
func failureOf(t *testing.T, wait func(testing.TB)) string {
	t.Helper()
	f := &failing{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(f) {
				panic(p)
			}
		}()
		wait(f)
	}()
	return f.failure
}

func TestPollingEndsWithSuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ready := func() bool { return time.Since(start) > time.Minute }
		await.True(t, "a minute to pass", ready)
		start = time.Now()
		await.Nil(t, func() error {
			if !ready() {
				return errors.New("too early")
			}
			return nil
		})
	})
}

func TestPollingFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for want, wait := range map[string]func(testing.TB){
			"the moon":   func(t testing.TB) { await.True(t, "the moon", func() bool { return false }) },
			"not so far": func(t testing.TB) { await.Nil(t, func() error { return errors.New("not so far") }) },
		} {
			if got := failureOf(t, wait); !strings.Contains(got, want) {
				t.Errorf("got failure %q, want one with %q", got, want)
			}
		}
	})
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		slow    int // attempts that take too long
		err     error
		failure string
	}{
		"success at once":          {0, nil, ""},
		"success after a delay":    {2, nil, ""},
		"failure within the limit": {2, errors.New("wrong answer"), "wrong answer"},
		"always too slow":          {100, nil, "no attempt ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				slow := test.slow
				got := failureOf(t, func(t testing.TB) {
					await.Within(t, time.Second, func() error {
						if slow--; slow >= 0 {
							time.Sleep(2 * time.Second)
							return errors.New("this proves nothing")
						}
						return test.err
					})
				})
				if !strings.HasPrefix(got, test.failure) || test.failure == "" && got != "" {
					t.Errorf("got failure %q, want %q", got, test.failure)
				}
			})
		})
	}
}

func TestContextEndsWithTheTest(t *testing.T) {
	t.Parallel()
	var err error
	t.Run("inner", func(t *testing.T) {
		ctx := await.Context(t)
		t.Cleanup(func() { err = ctx.Err() })
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the context has no deadline")
		}
	})
	if err != nil {
		t.Errorf("in a later cleanup: got %v, want no error", err)
	}
}
