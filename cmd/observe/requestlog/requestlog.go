// Package requestlog logs failed and slow requests, with a limit of lines per second.
package requestlog

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"marquee/api"
	"marquee/cache"
	"marquee/cache/timing"
)

// Log logs requests that failed by a fault of the server, and slow requests. At level
// debug it logs all requests. A line has the canonical target, which has no credentials,
// or the path of a request that has none. It never has the query as sent, a header or a
// body. A request that is not logged costs two comparisons.
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
	target      string // canonical, "" if the request has none
	status      int    // 0 for a dropped connection
	bytes       int
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
	l.write(requestLine{request: e.Request, id: e.ID, route: e.Route, target: e.Target, status: e.Status, bytes: e.Bytes,
		callerFault: e.CallerFault, took: e.Took, cache: e.Result.String()})
}

// Answered logs a request that did not come through the cache. It is for api.Config.
func (l *Log) Answered(e api.Event) {
	if !e.FromCache && l.wants(e.Status, e.CallerFault, e.Took) {
		l.write(requestLine{request: e.Request, id: e.ID, route: e.Route, status: e.Status, bytes: e.Bytes, callerFault: e.CallerFault, took: e.Took})
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
	ctx := q.request.Context()
	times := timing.From(ctx)
	if q.id == "" && times != nil {
		q.id = times.ID()
	}
	attrs := []slog.Attr{
		slog.String("method", q.request.Method), slog.String("route", q.route),
		slog.String("target", shortened(cmp.Or(q.target, q.request.URL.EscapedPath()))),
		slog.Int("status", q.status), slog.Int("bytes", q.bytes), slog.Duration("duration", q.took),
	}
	if q.id != "" {
		attrs = append(attrs, slog.String("request_id", q.id))
	}
	if q.cache != "" {
		attrs = append(attrs, slog.String("cache", q.cache))
	}
	attrs = append(attrs, slog.Attr{Key: "spent", Value: slog.GroupValue(spent(times)...)}) // omitted when empty
	if read := times.Flight(); read != nil {
		attrs = append(attrs, slog.Attr{Key: "read", Value: slog.GroupValue(append(spent(read), slog.String("request_id", read.ID()))...)})
	}
	l.logger.LogAttrs(ctx, level, "request", attrs...)
}

// spent returns the time in each store, and in each wait.
func spent(t *timing.Times) (attrs []slog.Attr) {
	for _, s := range t.Spent() {
		attrs = append(attrs, slog.Duration(s.Part.String(), s.Time))
	}
	return attrs
}
