package observe

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"marquee/api"
	"marquee/cache"
)

// maxRequestLines is how many lines a second are written about requests that
// failed or were slow. In an overload each is one, and writing them all would add
// to it; the next line tells how many are missing.
const maxRequestLines = 100

// RequestLog writes which requests failed, with status 500 and more, and which
// were slow; at the level debug, all of them. It tells paths, never queries,
// headers or bodies, in which credentials may be. What it does for a request that
// it does not log is two comparisons.
type RequestLog struct {
	logger *slog.Logger
	slow   time.Duration
	all    bool
	now    func() time.Time

	mutex           sync.Mutex
	second          int64 // that written counts
	written, missed int
}

// NewRequestLog logs requests that take at least so long as slow ones; 0 calls
// none slow.
func NewRequestLog(logger *slog.Logger, slow time.Duration) *RequestLog {
	return &RequestLog{logger: logger, slow: slow, all: logger.Enabled(context.Background(), slog.LevelDebug), now: time.Now}
}

// requestLine is what is told of a request.
type requestLine struct {
	request   *http.Request
	id, route string
	status    int
	took      time.Duration
	cache     string // what became of it there, "" where the cache was not asked
}

// Cached is for cache.Config. Who is not admitted the API has answered.
func (l *RequestLog) Cached(e cache.Event) {
	if e.Request == nil || e.Result == cache.Refused || !l.wants(e.Status, e.Took) {
		return
	}
	l.write(requestLine{request: e.Request, id: e.ID, route: e.Route, status: e.Status, took: e.Took, cache: e.Result.String()})
}

// Answered is for api.Config: it logs what did not come through the cache.
func (l *RequestLog) Answered(e api.Event) {
	if !e.Kept && l.wants(e.Status, e.Took) {
		l.write(requestLine{request: e.Request, id: e.ID, route: e.Route, status: e.Status, took: e.Took})
	}
}

func (l *RequestLog) wants(status int, took time.Duration) bool {
	return l.level(status, took) > slog.LevelDebug || l.all
}

// level tells failures from what was only slow. Without a status, the connection
// was dropped.
func (l *RequestLog) level(status int, took time.Duration) slog.Level {
	switch {
	case status >= http.StatusInternalServerError || status == 0:
		return slog.LevelError
	case l.slow > 0 && took >= l.slow:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

func (l *RequestLog) write(q requestLine) {
	level := l.level(q.status, q.took)
	missed, admitted := 0, true
	if level > slog.LevelDebug { // who asks for all gets all
		missed, admitted = l.admit()
	}
	if !admitted {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", q.request.Method), slog.String("route", q.route),
		slog.String("path", q.request.URL.Path), slog.Int("status", q.status), slog.Duration("duration", q.took),
	}
	if q.id != "" {
		attrs = append(attrs, slog.String("request_id", q.id))
	}
	if q.cache != "" {
		attrs = append(attrs, slog.String("cache", q.cache))
	}
	if missed > 0 {
		attrs = append(attrs, slog.Int("missed_lines", missed))
	}
	l.logger.LogAttrs(q.request.Context(), level, "request", attrs...)
}

// admit reports whether there is room for a line in this second, and how many
// there was none for since the line before.
func (l *RequestLog) admit() (missed int, admitted bool) {
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
