package requestlog

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// maxRequestLines is the limit of lines per second about failed and slow requests. In
// an overload every request is one of them, and writing all lines would make the
// overload worse. The next line has the number of dropped lines.
const maxRequestLines = 100

// bounded drops lines over the limit, except for lines of level debug.
type bounded struct {
	slog.Handler
	limit *lineLimit
}

// Handle writes a line, unless the limit is reached.
func (h bounded) Handle(ctx context.Context, line slog.Record) error {
	if line.Level <= slog.LevelDebug {
		return h.Handler.Handle(ctx, line)
	}
	missed, admitted := h.limit.take()
	if !admitted {
		return nil
	}
	if missed > 0 {
		line = line.Clone() // another handler may hold the record, too
		line.AddAttrs(slog.Int("missed_lines", missed))
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs returns a handler with the same limit.
func (h bounded) WithAttrs(attrs []slog.Attr) slog.Handler {
	return bounded{h.Handler.WithAttrs(attrs), h.limit}
}

// WithGroup returns a handler with the same limit.
func (h bounded) WithGroup(name string) slog.Handler {
	return bounded{h.Handler.WithGroup(name), h.limit}
}

// lineLimit counts the lines of the current second. It is safe for concurrent use.
type lineLimit struct {
	now func() time.Time

	mutex           sync.Mutex
	second          int64 // in which written lines were written
	written, missed int
}

// take reports whether a line may be written now, and if so, how many lines were
// dropped since the line before.
func (l *lineLimit) take() (missed int, admitted bool) {
	second := l.now().Unix()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if second != l.second {
		l.second, l.written = second, 0
	}
	if l.written == maxRequestLines {
		l.missed++
		return 0, false
	}
	l.written++
	missed, l.missed = l.missed, 0
	return missed, true
}
