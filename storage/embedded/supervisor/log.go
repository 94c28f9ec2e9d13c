package supervisor

import (
	"os"
	"sync"

	"marquee/storage/embedded/process"
)

// logBytes bounds postgres.log and its predecessor postgres.log.1, each.
const logBytes = 8 << 20

// rotatingLog is a log file of bounded size: a full one is renamed and a new one is created. It holds its last lines in
// memory for error messages.
type rotatingLog struct {
	mu   sync.Mutex
	path string
	file *os.File
	size int64
	tail process.Tail
}

func openLog(path string) (*rotatingLog, error) {
	l := &rotatingLog{path: path}
	return l, l.open()
}

func (l *rotatingLog) open() error {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.file, l.size = f, info.Size()
	return nil
}

// Write never fails, because a full disk must not make postgres wait for its log.
func (l *rotatingLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail.Write(p)
	if l.size+int64(len(p)) > logBytes {
		l.rotate()
	}
	n, _ := l.file.Write(p)
	l.size += int64(n)
	return len(p), nil
}

// rotate continues with the old file, emptied, when it cannot be replaced.
func (l *rotatingLog) rotate() {
	old := l.file
	if os.Rename(l.path, l.path+".1") == nil && l.open() == nil {
		old.Close()
		return
	}
	if old.Truncate(0) == nil {
		l.size = 0
	}
}

func (l *rotatingLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}

// suffix returns the end of the log on lines of its own, for error messages.
func (l *rotatingLog) suffix() string { return l.tail.Suffix() }
