package requestlog

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// maxRequestLines is how many lines a second are written about requests that
// failed or were slow. In an overload each is one, and writing them all would add
// to it; the next line tells how many are missing.
const maxRequestLines = 100

// bounded writes lines about requests as long as there is room for them. Who asks
// for all, at the level debug, gets all that are of that level.
type bounded struct {
	slog.Handler
	limit *lineLimit
}

// Handle writes a line if there is room for it.
func (h bounded) Handle(ctx context.Context, line slog.Record) error {
	if line.Level <= slog.LevelDebug {
		return h.Handler.Handle(ctx, line)
	}
	missed, admitted := h.limit.take()
	if !admitted {
		return nil
	}
	if missed > 0 {
		line = line.Clone() // another handler may have the record too
		line.AddAttrs(slog.Int("missed_lines", missed))
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs keeps the bound.
func (h bounded) WithAttrs(attrs []slog.Attr) slog.Handler {
	return bounded{h.Handler.WithAttrs(attrs), h.limit}
}

// WithGroup keeps the bound.
func (h bounded) WithGroup(name string) slog.Handler {
	return bounded{h.Handler.WithGroup(name), h.limit}
}

// lineLimit counts the lines of a second. It is safe for concurrent use.
type lineLimit struct {
	now func() time.Time

	mutex           sync.Mutex
	second          int64 // that written counts
	written, missed int
}

// take reports whether there is room for a line in this second, and how many there
// was none for since the line before.
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
