// Package requestlog logs failed and slow requests, with a limit of lines per second.
package requestlog

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"marquee/api"
	"marquee/cache"
)

// Log logs requests that failed by a fault of the server, and slow requests. At level
// debug it logs all requests. Lines have the path, but no query, header or body, since
// those may have credentials. A request that is not logged costs two comparisons.
type Log struct {
	logger *slog.Logger
	slow   time.Duration // 0 for never slow
	all    bool
}

// New returns a log in which requests of at least the duration slow are slow; 0 means
// that none is.
func New(logger *slog.Logger, slow time.Duration) *Log {
	return newLog(logger, slow, &lineLimit{now: time.Now})
}

func newLog(logger *slog.Logger, slow time.Duration, lines *lineLimit) *Log {
	return &Log{logger: slog.New(bounded{logger.Handler(), lines}), slow: slow, all: logger.Enabled(context.Background(), slog.LevelDebug)}
}

// Logger returns a logger under the same limit, for the causes of failures. It is for
// api.Config.
func (l *Log) Logger() *slog.Logger { return l.logger }

// requestLine has the contents of a line.
type requestLine struct {
	request     *http.Request
	id, route   string
	status      int  // 0 for a dropped connection
	callerFault bool // see api.Event
	took        time.Duration
	cache       string // result of the cache, "" without it
}

// Cached logs a request through the cache. It is for cache.Config. Refused requests
// are left to Answered, since the API answers them.
func (l *Log) Cached(e cache.Event) {
	if e.Request == nil || e.Result == cache.Refused || !l.wants(e.Status, e.CallerFault, e.Took) {
		return
	}
	l.write(requestLine{request: e.Request, id: e.ID, route: e.Route, status: e.Status, callerFault: e.CallerFault, took: e.Took, cache: e.Result.String()})
}

// Answered logs a request that did not come through the cache. It is for api.Config.
func (l *Log) Answered(e api.Event) {
	if !e.FromCache && l.wants(e.Status, e.CallerFault, e.Took) {
		l.write(requestLine{request: e.Request, id: e.ID, route: e.Route, status: e.Status, callerFault: e.CallerFault, took: e.Took})
	}
}

func (l *Log) wants(status int, callerFault bool, took time.Duration) bool {
	return l.level(status, callerFault, took) > slog.LevelDebug || l.all
}

// level returns the level of a request's line: Error for a fault of the server, Warn for
// a slow request, else Debug.
func (l *Log) level(status int, callerFault bool, took time.Duration) slog.Level {
	switch {
	case !callerFault && (status >= http.StatusInternalServerError || status == 0):
		return slog.LevelError
	case l.slow > 0 && took >= l.slow:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

func (l *Log) write(q requestLine) {
	level := l.level(q.status, q.callerFault, q.took)
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
