// Package requestlog logs requests that failed or were slow, with a bound on the
// lines of a second.
package requestlog

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"marquee/api"
	"marquee/cache"
)

// Log writes which requests failed by a fault of ours, with status 500 and
// more, and which were slow; at the level debug, all of them. It tells paths, never queries,
// headers or bodies, in which credentials may be. What it does for a request that
// it does not log is two comparisons.
type Log struct {
	logger *slog.Logger
	slow   time.Duration
	all    bool
}

// New logs requests that take at least so long as slow ones; 0 calls
// none slow.
func New(logger *slog.Logger, slow time.Duration) *Log {
	return newLog(logger, slow, &lineLimit{now: time.Now})
}

func newLog(logger *slog.Logger, slow time.Duration, lines *lineLimit) *Log {
	return &Log{logger: slog.New(bounded{logger.Handler(), lines}), slow: slow, all: logger.Enabled(context.Background(), slog.LevelDebug)}
}

// Logger is for api.Config: the causes of failures take their room from the same
// bound.
func (l *Log) Logger() *slog.Logger { return l.logger }

// requestLine is what is told of a request.
type requestLine struct {
	request   *http.Request
	id, route string
	status    int
	theirs    bool // see api.Event
	took      time.Duration
	cache     string // what became of it there, "" where the cache was not asked
}

// Cached is for cache.Config. Who is not admitted the API has answered.
func (l *Log) Cached(e cache.Event) {
	if e.Request == nil || e.Result == cache.Refused || !l.wants(e.Status, e.CallerFault, e.Took) {
		return
	}
	l.write(requestLine{request: e.Request, id: e.ID, route: e.Route, status: e.Status, theirs: e.CallerFault, took: e.Took, cache: e.Result.String()})
}

// Answered is for api.Config: it logs what did not come through the cache.
func (l *Log) Answered(e api.Event) {
	if !e.Kept && l.wants(e.Status, e.Theirs, e.Took) {
		l.write(requestLine{request: e.Request, id: e.ID, route: e.Route, status: e.Status, theirs: e.Theirs, took: e.Took})
	}
}

func (l *Log) wants(status int, theirs bool, took time.Duration) bool {
	return l.level(status, theirs, took) > slog.LevelDebug || l.all
}

// level tells failures of ours from what was only slow. Without a status, the
// connection was dropped.
func (l *Log) level(status int, theirs bool, took time.Duration) slog.Level {
	switch {
	case !theirs && (status >= http.StatusInternalServerError || status == 0):
		return slog.LevelError
	case l.slow > 0 && took >= l.slow:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

func (l *Log) write(q requestLine) {
	level := l.level(q.status, q.theirs, q.took)
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
	l.logger.LogAttrs(q.request.Context(), level, "request", attrs...)
}
