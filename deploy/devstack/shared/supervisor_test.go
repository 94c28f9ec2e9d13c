package shared

import (
	"runtime"
	"syscall"
	"testing"
)

// A supervisor waits for its users after a garbage collection.
func TestAwaitIdleOutlivesGarbageCollection(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	user, err := openLock(folder, usersFile)
	if err != nil {
		t.Fatal(err)
	}
	defer user.Close()
	if err := syscall.Flock(int(user.Fd()), syscall.LOCK_SH); err != nil {
		t.Fatal(err)
	}
	users, err := openLock(folder, usersFile)
	if err != nil {
		t.Fatal(err)
	}
	idle := make(chan error, 1)
	go func() { idle <- awaitIdle(users, 0) }()
	for range 3 { // one finds the file, the next one closes it
		runtime.GC()
	}
	if err := syscall.Flock(int(user.Fd()), syscall.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	if err := <-idle; err != nil {
		t.Fatal(err)
	}
}
